import * as Schema from "effect/Schema"
import { decodeJson } from "../strictJson.ts"
import type { EmulatorUser } from "./users.ts"

// Users as JSON: their secrets are plain text there. The compiler refuses a field that is not one of a user.

const user = {
  name: Schema.NonEmptyString,
  uid: Schema.optional(Schema.Natural),
  token: Schema.optional(Schema.NonEmptyString),
  tokenExpiresAt: Schema.optional(Schema.Finite),
  subject: Schema.optional(Schema.NonEmptyString),
  cookie: Schema.optional(Schema.NonEmptyString),
  refusal: Schema.optional(
    Schema.Literals([
      "not-a-member",
      "no-permission",
      "no-posix-identity",
      "no-username",
      "no-delegated-credential",
      "no-headless"
    ])
  )
} satisfies { readonly [K in keyof EmulatorUser]-?: Schema.ConstraintDecoder<EmulatorUser[K]> }

/** Reads a list of users. */
export const decodeUsers = decodeJson(Schema.Array(Schema.Struct(user)), "users", { reportInput: false })
