/**
 * A certificate that nobody trusts, with its key; valid for a hundred years:
 *
 *     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost \
 *       -addext "subjectAltName=DNS:localhost,IP:127.0.0.1"
 */
export const certificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUOI8GjhtAnOoeVXx7fTfnnMPEUo0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzExMjkxOFoYDzIxMjYxMDMw
MTEyOTE4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARxP/JPRfZU300kIXry2cns6Sg/A2gHvjTttv4sXjiV/owv8i9IAmAk
SY1juONFvZpM04GXdpN+EygYDwloXc43o28wbTAdBgNVHQ4EFgQUnyQ4GbTIv+rx
4AMJmHD2nWCIj+EwHwYDVR0jBBgwFoAUnyQ4GbTIv+rx4AMJmHD2nWCIj+EwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAP1btynmYvDXK6gwdzqK1ZRCeV0Cr3L0N1mOdSGplGYEAiBj
ba7/cQHZJBTJhmoHjk8fjYR1PWjXnXQA68G6gt6jRQ==
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzMnX/6M4IuSU1cFk
IrZhUG59rheuJbUa/Mw0ZGpEgjGhRANCAARxP/JPRfZU300kIXry2cns6Sg/A2gH
vjTttv4sXjiV/owv8i9IAmAkSY1juONFvZpM04GXdpN+EygYDwloXc43
-----END PRIVATE KEY-----`
}
