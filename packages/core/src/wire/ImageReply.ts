/**
 * `GET image` and `GET repository`: container images and the registries that are trusted.
 */
import * as Schema from "effect/Schema"
import { row } from "./Row.ts"
import { Text, Texts } from "./Tolerant.ts"

/** An image; `types` are the kinds it is made for, and any other labels of its registry. */
export const ImageReply = row({ id: Schema.NonEmptyString, types: Texts, digest: Text })

/** The trusted hosts; a badly written list has empty ones, or ones that are no text. */
export const RepositoryReply = Schema.Array(Schema.Unknown)
