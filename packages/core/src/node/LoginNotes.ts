/**
 * What the Python client's configuration file has no place for.
 */
import { dirname, join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ConfigurationFileBusy, ConfigurationFileInvalid } from "../FileError.ts"
import type { ConfigurationFileOptions, ConfigurationReadError } from "./ConfigurationFile.ts"
import { invalid, placeOf, rewrite, textAt, type Place } from "./internal/place.ts"
import { isMapping, mappingAt, type Mapping } from "./internal/plain.ts"

/** What is known of a login besides its record in the configuration file. Nothing of it is secret. */
export const LoginNote = Schema.Struct({
  /** Who the provider says it is. */
  issuer: Schema.optionalKey(Schema.String),
  /** Where the provider says who the user is. */
  userinfo: Schema.optionalKey(Schema.String),
  /** The identity of the client that `secretExpires` is about: the Python client may register another. */
  client: Schema.optionalKey(Schema.String),
  /** When that client's secret expires, in seconds since 1970; 0 for never. */
  secretExpires: Schema.optionalKey(Schema.Finite)
})

/** What is known of a login besides its record in the configuration file. Nothing of it is secret. */
export type LoginNote = typeof LoginNote.Type

const decodeNote = Schema.decodeUnknownResult(LoginNote)

/** The file beside the configuration file. */
const besideOf = Effect.fnUntraced(function* (operation: string, options: ConfigurationFileOptions) {
  const place = yield* placeOf(operation, options)
  return { ...place, path: join(dirname(place.path), "skaha.json") }
})

const understand = (place: Place, text: string): Result.Result<Mapping, ConfigurationFileInvalid> => {
  const wrong = (field: string, message: string) => Result.fail(invalid(place, [{ field, message }]))
  const json = Result.try({ try: (): unknown => JSON.parse(text), catch: () => undefined })
  if (Result.isFailure(json)) return wrong("", "is not JSON")
  if (!isMapping(json.success)) return wrong("", "is not a mapping")
  return json.success["version"] === 1 ? Result.succeed(json.success) : wrong("version", "is not 1")
}

const read = Effect.fnUntraced(function* (place: Place, idp: string) {
  const text = yield* textAt(place)
  if (text === undefined) return undefined
  const logins = mappingAt(yield* Effect.fromResult(understand(place, text)), "logins")
  if (!Object.hasOwn(logins, idp)) return undefined
  const note = decodeNote(logins[idp])
  if (Result.isSuccess(note)) return note.success
  return yield* invalid(place, [{ field: "logins", message: "has a note that is none" }])
})

const written = Effect.fnUntraced(function* (
  place: Place,
  idp: string,
  note: LoginNote | undefined,
  text: string | undefined
) {
  const before = text === undefined ? { version: 1 } : yield* Effect.fromResult(understand(place, text))
  const others = Object.entries(mappingAt(before, "logins")).filter(([key]) => key !== idp)
  // What a later version of this project has noted stays.
  const unknown = Object.entries(mappingAt(mappingAt(before, "logins"), idp)).filter(
    ([key]) => !Object.hasOwn(LoginNote.fields, key)
  )
  const own = note === undefined ? [] : [[idp, { ...Object.fromEntries(unknown), ...note }] as const]
  const after = { ...before, logins: Object.fromEntries([...others, ...own]) }
  return { text: `${JSON.stringify(after, null, 2)}\n`, value: undefined }
})

/**
 * Notes on logins, in `skaha.json` beside the configuration file, which the Python client knows nothing of. They are
 * kept with the same care: whole or not at all, for their owner only (mode 0600), and processes wait for each other.
 *
 * @example
 * ```ts
 * import { LoginNotes } from "@skaha/core/node"
 * import * as Effect from "effect/Effect"
 *
 * const issuer = LoginNotes.use((notes) => notes.read("srcnet")).pipe(
 *   Effect.map((note) => note?.issuer),
 *   Effect.provide(LoginNotes.layer())
 * )
 * ```
 */
export class LoginNotes extends Context.Service<
  LoginNotes,
  {
    /** The note on the login with an identity provider, if there is one. */
    readonly read: (idp: string) => Effect.Effect<LoginNote | undefined, ConfigurationReadError>
    /** Replaces the note on a login, or removes it. */
    readonly write: (
      idp: string,
      note: LoginNote | undefined
    ) => Effect.Effect<void, ConfigurationReadError | ConfigurationFileBusy>
  }
>()("@skaha/core/node/LoginNotes") {
  /** The notes beside the configuration file of these options. Nothing is read. */
  static readonly make = (options: ConfigurationFileOptions = {}): LoginNotes["Service"] =>
    LoginNotes.of({
      read: Effect.fn("LoginNotes.read")(function* (idp) {
        return yield* read(yield* besideOf("LoginNotes.read", options), idp)
      }),
      write: Effect.fn("LoginNotes.write")(function* (idp, note) {
        const place = yield* besideOf("LoginNotes.write", options)
        return yield* rewrite(place, (text) => written(place, idp, note, text))
      })
    })

  /** The notes beside the configuration file of these options. Nothing is read. */
  static readonly layer = (options: ConfigurationFileOptions = {}): Layer.Layer<LoginNotes> =>
    Layer.sync(LoginNotes, () => LoginNotes.make(options))
}
