/**
 * What can go wrong when a server is chosen: members of `SkahaError`, by its rules.
 */
import * as Schema from "effect/Schema"
import { place } from "./internal/errorPlace.ts"

/** A server that could be chosen. */
const Choice = Schema.Struct({ name: Schema.String, uri: Schema.optionalKey(Schema.String) })

const choicesOf = (choices: ReadonlyArray<typeof Choice.Type>): string =>
  choices.map(({ name, uri }) => (uri === undefined ? name : `${name} (${uri})`)).join(", ")

/** There are several servers, and nothing says which. */
export class ServerSelectionRequired extends Schema.TaggedError<ServerSelectionRequired>()("ServerSelectionRequired", {
  ...place,
  /** The identity provider whose servers they are. */
  idp: Schema.String,
  /** The servers to choose from, in the order of their names. */
  choices: Schema.Array(Choice)
}) {
  readonly code = "server.selection_required"
  readonly isRetryable = false
  override get message(): string {
    return `${this.idp} has several servers, choose one: ${choicesOf(this.choices)}`
  }
}

/** The identity provider has no server of that name or URI, as far as is known. */
export class ServerUnknown extends Schema.TaggedError<ServerUnknown>()("ServerUnknown", {
  ...place,
  /** The identity provider among whose servers it was looked for. */
  idp: Schema.String,
  /** What was looked for. */
  selector: Schema.String,
  /** The servers to choose from, in the order of their names. */
  choices: Schema.Array(Choice)
}) {
  readonly code = "server.unknown"
  readonly isRetryable = false
  override get message(): string {
    const hint =
      this.choices.length === 0
        ? "none is known, so discover its servers first"
        : `give the name or the URI of one of ${choicesOf(this.choices)}, or discover its servers again`
    return `${this.idp} has no server ${JSON.stringify(this.selector)}: ${hint}`
  }
}

/** No server of the identity provider is known, and none was found. */
export class ServersNotFound extends Schema.TaggedError<ServersNotFound>()("ServersNotFound", {
  ...place,
  /** The identity provider whose servers were looked for. */
  idp: Schema.String,
  /** The registries and servers that were asked in vain, each with the reason. */
  failures: Schema.Array(Schema.Struct({ name: Schema.String, reason: Schema.String }))
}) {
  readonly code = "server.none_available"
  readonly isRetryable = true
  override get message(): string {
    const reasons = this.failures.map(({ name, reason }) => `; ${name}: ${reason}`).join("")
    return `no server of ${this.idp} is known or can be found${reasons}`
  }
}
