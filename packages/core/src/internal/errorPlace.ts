/** What errors have in common. */
import * as Schema from "effect/Schema"

/** Where a failure happened: the operation as the caller knows it, and the request, if one was made. */
export const place = {
  /** The public operation, such as `Sessions.info`. */
  operation: Schema.String,
  /** The HTTP method, when a request was made or attempted. */
  method: Schema.optionalKey(Schema.String),
  /** The path of the request, without its query. */
  path: Schema.optionalKey(Schema.String)
}
