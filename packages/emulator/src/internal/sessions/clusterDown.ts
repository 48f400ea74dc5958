import { unexpected } from "../http/replies.ts"

/** The cluster does not answer. What is asked of it by a tool fails without a word: then there is just nothing. */
export const clusterDown = unexpected(
  "java.lang.RuntimeException: io.kubernetes.client.openapi.ApiException: java.net.ConnectException: Failed to connect"
)
