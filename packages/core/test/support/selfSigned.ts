/**
 * A certificate that nobody trusts, for localhost and valid for a hundred years, with its key:
 *
 *     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost \
 *       -addext "subjectAltName=DNS:localhost,IP:127.0.0.1"
 */
export const selfSigned = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUGctlDRDwdIYu+c4XPCf4RMV5o1IwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzEwMjcwN1oYDzIxMjYxMDMw
MTAyNzA3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASum/zuHZm4R5gUOgMFIrNRpXPqNx0FjUTy0+2srI6TlZAGavSSb2TT
SNCHRWkmOIi8JZ3+nzhbtg8UV5ht/0pno28wbTAdBgNVHQ4EFgQUeXLLAJ9v8R5Q
sGn7OKSEhGNVMmYwHwYDVR0jBBgwFoAUeXLLAJ9v8R5QsGn7OKSEhGNVMmYwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgU9BuPlGDLW3zP+9zqIPOC31UbjNXBvMYCxvOYIyXeXgCIQCS
A/FgK8cd6Xh3CO6BxSr0JTQRUwyqdYc6RoGXlECtEg==
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgc5ciVapzas/Z/Aak
YacGbkyeqCl3nxzGacRzMTT970GhRANCAASum/zuHZm4R5gUOgMFIrNRpXPqNx0F
jUTy0+2srI6TlZAGavSSb2TTSNCHRWkmOIi8JZ3+nzhbtg8UV5ht/0pn
-----END PRIVATE KEY-----`
}
