/**
 * Self-signed certificates over P-256 for servers of tests, and their keys, which protect nothing. They are valid from
 * 2020 to 2999: made once with openssl, so that the tests need no other program.
 */

/** Of `cert`. */
export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgn/d7zorAU8LQsw5b
w6vlltP3DwkL89QHRnDLJB7DXDOhRANCAAT3rWWkwyCTW/mEoF09fFSLxifoeePp
VqsbR+t/BwsBF9gFWgYnBnmolVG/QikfGqCyYKRC4F3ayKjIZbV1Xx29
-----END PRIVATE KEY-----
`;

/** CN=localhost, for `*.example.com` and `localhost`. */
export const cert = `-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUEWajomB6PAjzRR+/o3zFnMHCGNAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTIwMDEwMTAwMDAwMFoYDzI5OTkxMjMx
MjM1OTU5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAT3rWWkwyCTW/mEoF09fFSLxifoeePpVqsbR+t/BwsBF9gFWgYnBnmo
lVG/QikfGqCyYKRC4F3ayKjIZbV1Xx29o1cwVTAPBgNVHRMBAf8EBTADAQH/MCMG
A1UdEQQcMBqCDSouZXhhbXBsZS5jb22CCWxvY2FsaG9zdDAdBgNVHQ4EFgQUta7J
4jsQdyafcVBilf/z4SxWGIAwCgYIKoZIzj0EAwIDSAAwRQIgTvrUj3B/bX4vD0Tz
UJrb/BZ9POmf4zmiXoNtAz22XU4CIQD7QK4N3k7UhidQNZN3eQpHWc1IzIXaf9Eg
vngU34TTgg==
-----END CERTIFICATE-----
`;

/** Of `otherCert`. */
export const otherKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtIquJltfutvuL2Cg
Qmn7zsOgzYmTX1D2C/NLw+gmGZGhRANCAAQBgs+iSJjPAgOTNZvj2H7lv5jFAgNK
0OeRf4srHRM04k7xRn/Es4jd52XszvL+PzYvj8RJl6TMD94ALZXwmBFA
-----END PRIVATE KEY-----
`;

/** CN=example.org, for that name: to be told from the first, and for a client to show. */
export const otherCert = `-----BEGIN CERTIFICATE-----
MIIBezCCASCgAwIBAgIUJZGt545vaOVb/BVXSQ8CIzP1KPkwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLZXhhbXBsZS5vcmcwIBcNMjAwMTAxMDAwMDAwWhgPMjk5OTEy
MzEyMzU5NTlaMBYxFDASBgNVBAMMC2V4YW1wbGUub3JnMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEAYLPokiYzwIDkzWb49h+5b+YxQIDStDnkX+LKx0TNOJO8UZ/
xLOI3edl7M7y/j82L4/ESZekzA/eAC2V8JgRQKNKMEgwDwYDVR0TAQH/BAUwAwEB
/zAWBgNVHREEDzANggtleGFtcGxlLm9yZzAdBgNVHQ4EFgQUB6OGMvcOkHhbybT9
w1YJ0eeohWQwCgYIKoZIzj0EAwIDSQAwRgIhAJaA1pBOsJ51Cy+6Q247pqDQBHiA
5LW1uymWPnSU2ixFAiEA+hoiqBZBuomTyrnIl8tWLRBq3k+F7NkHOeXPm6YG4ws=
-----END CERTIFICATE-----
`;
