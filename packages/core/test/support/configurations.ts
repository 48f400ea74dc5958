/**
 * Configuration files, by the Python client's habits and others.
 */
import { ConfigurationFile } from "@skaha/core/node"
import * as Effect from "effect/Effect"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** As the Python client writes it: keys sorted, lists not indented. */
export const pythonFile = `active:
  authentication: srcnet
  server: canSRC
  servers:
    cadc: canfar
    srcnet: canSRC
authentication:
  cadc:
    expiry: 1767225600.5
    idp: cadc
    mode: x509
    path: /home/me/.ssl/cadcproxy.pem
  srcnet:
    client:
      identity: 0a1b2c3d
      secret: hunter2-client
    endpoints:
      device: https://iam.example/devicecode
      discovery: https://iam.example/.well-known/openid-configuration
      registration: https://iam.example/register
      token: https://iam.example/token
    expiry:
      access: 1767225600.0
      refresh: 1769817600.0
    idp: srcnet
    mode: oidc
    token:
      access: hunter2-access
      refresh: hunter2-refresh
      scope: openid profile offline_access
      token_type: Bearer
console:
  banner: true
  width: 120
registry:
  secret: hunter2-registry
  url: https://images.canfar.net/
  username: me
servers:
  canSRC:
    auths:
    - oidc
    - token
    idp: srcnet
    name: canSRC
    uri: ivo://canfar.net/src/skaha
    url: https://src.canfar.net/skaha
    version: v1
  canfar:
    auths:
    - x509
    cores: 2
    gpus: 0
    idp: cadc
    name: canfar
    ram: 16
    uri: ivo://cadc.nrc.ca/skaha
    url: https://ws-uv.canfar.net/skaha
    version: v1
version: 1
`

/** What must never be shown of {@link pythonFile}. */
export const secrets = ["hunter2"]

/** As somebody writes it by hand, with whatever YAML allows. */
export const handwrittenFile = `# my platforms
version: 1

active: {authentication: "cadc",   server: 'canfar'}   # since May

authentication:
  # renewed by cron
  cadc:
      mode:   x509
      path: "/home/me/.ssl/cadcproxy.pem"
      colour: [red,  green]      # nobody knows this
      expiry: 1_767_225_600
  srcnet: { mode: oidc, token: { access: 'hunter2' }, mood: good }

servers:
  canfar:
    url:   https://ws-uv.canfar.net/skaha  # the big one
    uri: 'ivo://cadc.nrc.ca/skaha'
    version: v1
    auths:
    - x509
    idp: cadc
    # end of canfar
console: {colour: false,
          width: 100}
# bye
`

/** A home of its own for a test, with a configuration file or without. */
export const home = (text?: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "skaha-home-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    ),
    (folder) => {
      const path = join(folder, ".canfar", "config.yaml")
      if (text !== undefined) {
        mkdirSync(join(folder, ".canfar"))
        writeFileSync(path, text)
        chmodSync(path, 0o600)
      }
      return {
        folder,
        path,
        file: ConfigurationFile.make({ home: folder }),
        text: () => readFileSync(path, "utf8")
      }
    }
  )
