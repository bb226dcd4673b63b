/** HAProxy and nginx, with a configuration in which only what a suite is about is said by it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startListening } from './proxy-listener.ts';
import { nginxStreamModule, start } from './programs.ts';
import type { Started } from './programs.ts';

/**
 * @param sections says, with free ports, what HAProxy is to do
 * @param defaults lines for all of them
 */
export function startHaproxy(folder: string, sections: () => Promise<string>, defaults = ''): Promise<Started> {
  const file = join(folder, 'haproxy.cfg');
  return startListening(async () => {
    const config = `
      global
        nbthread 1
        maxconn 500
        log stdout format raw local0
      defaults
        timeout connect 10s
        timeout client 20s
        timeout server 20s
        log global
        ${defaults}
      ${await sections()}
      `;
    writeFileSync(file, `${config.trimEnd()}\n`);
    // Without a master process it would not say when it listens.
    return start('haproxy', ['-W', '-db', '-f', file], 'ignore', 300_000);
  }, /Loading success/);
}

/** For a block `http`: what nginx keeps goes into its own folder, since the others are not everyone's to write to. */
export const nginxFolders = `
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;`;

/** @param blocks says, with free ports, what nginx is to do */
export function startNginx(folder: string, blocks: () => Promise<string>): Promise<Started> {
  const file = join(folder, 'nginx.conf');
  return startListening(async () => {
    const config = `
      load_module ${nginxStreamModule};
      daemon off;
      master_process off;
      pid nginx.pid;
      error_log stderr info;
      events {}
      ${await blocks()}
      `;
    writeFileSync(file, config);
    return start('nginx', ['-e', 'stderr', '-p', folder, '-c', file], 'ignore', 300_000);
  }, / nginx\/\d/);
}
