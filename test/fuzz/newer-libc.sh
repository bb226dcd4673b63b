#!/bin/sh
# jazzer.js is built for the C library of Debian 13. On Debian 12 this puts that library beside the fuzzer, for it alone,
# from the mirrors that the system uses; `npm run fuzz` finds it there. Needs root no more than apt-get download does.
set -eu
have=$(ldd --version | head -n 1 | grep -oE '[0-9.]+$')
[ "$(printf '%s\n' 2.38 "$have" | sort -V | head -n 1)" = 2.38 ] && exit 0
cd "$(dirname "$0")"
rm -rf .libc
mkdir -p .libc/lists/partial .libc/cache/archives/partial .libc/root
cd .libc

# The same mirrors and keys, one release on; security updates have another suite's name, and are not needed here.
cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | grep -E '^deb .* bookworm ' | sed 's/ bookworm / trixie /' >trixie.list || true
for file in /etc/apt/sources.list.d/*.sources; do
  [ -e "$file" ] || continue
  awk 'BEGIN { RS = ""; ORS = "\n\n" } /Suites:[^\n]* ?bookworm( |\n)/' "$file" | sed 's/^Suites:.*/Suites: trixie/'
done >trixie.sources
[ -s trixie.list ] && sources=trixie.list || sources=trixie.sources
apt() {
  apt-get -qq -o Dir::Etc::SourceList="$PWD/$sources" -o Dir::Etc::SourceParts=- \
    -o Dir::State::Lists="$PWD/lists" -o Dir::Cache="$PWD/cache" -o APT::Sandbox::User=root "$@"
}
apt update
apt download libc6 libstdc++6 libgcc-s1
for package in *.deb; do dpkg-deb -x "$package" root; done

libraries=$(dirname "$(find "$PWD/root" -name 'libc.so.6' | head -n 1)")
linker=$(find "$libraries" -name 'ld-linux-*' | head -n 1)
system=$(dirname "$(ldd "$(command -v node)" | awk '$1 == "libc.so.6" { print $3 }')")
cat >node <<EOF
#!/bin/sh
exec "$linker" --library-path "$libraries:$system:/usr$system" "$(readlink -f "$(command -v node)")" "\$@"
EOF
chmod +x node
rm -rf lists cache ./*.deb
./node -e 'process.exit(0)'
