/** The version of this SDK, as it stands in the `User-Agent`. */
export const version = "0.1.0"
