/**
 * A login in a file, with a folder as its lock: as simple as what several processes share can be.
 */
import { ConfigurationInvalid } from "@skaha/core"
import type { Login } from "@skaha/core/node"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { mkdir, readFile, rename, rmdir, writeFile } from "node:fs/promises"

interface Written {
  readonly endpoints: Login.Endpoints
  readonly client: { readonly id: string; readonly secret: string }
  readonly tokens: { readonly access: string; readonly accessExpires: number; readonly refresh: string }
}

const attempt = <A>(run: () => Promise<A>) =>
  Effect.tryPromise({
    try: run,
    catch: (error) =>
      new ConfigurationInvalid({ operation: "test", problems: [{ field: "file", message: String(error) }] })
  })

const value = (secret: Redacted.Redacted | undefined): string => (secret === undefined ? "" : Redacted.value(secret))

const write = ({ endpoints, client, tokens }: Login.Login): Written => ({
  endpoints,
  client: { id: client.id, secret: value(client.secret) },
  tokens: {
    access: value(tokens.access),
    accessExpires: tokens.accessExpires === undefined ? 0 : DateTime.toEpochMillis(tokens.accessExpires),
    refresh: value(tokens.refresh)
  }
})

const read = ({ endpoints, client, tokens }: Written): Login.Login => ({
  endpoints,
  client: { id: client.id, secret: Redacted.make(client.secret) },
  tokens: {
    access: Redacted.make(tokens.access),
    accessExpires: DateTime.makeUnsafe(tokens.accessExpires),
    refresh: Redacted.make(tokens.refresh)
  }
})

/** The login in a file. */
export const fileLoginStore = (path: string): Login.LoginStore => {
  const acquire: Effect.Effect<void> = attempt(() => mkdir(`${path}.lock`)).pipe(
    Effect.catch(() =>
      Effect.delay(
        Effect.suspend(() => acquire),
        5
      )
    )
  )
  return {
    load: attempt(async () => read(JSON.parse(await readFile(path, "utf8")) as Written)),
    save: (login) =>
      attempt(async () => {
        await writeFile(`${path}.new`, JSON.stringify(write(login)))
        await rename(`${path}.new`, path)
      }),
    lock: (effect) =>
      Effect.acquireUseRelease(
        acquire,
        () => effect,
        () => Effect.promise(() => rmdir(`${path}.lock`))
      )
  }
}
