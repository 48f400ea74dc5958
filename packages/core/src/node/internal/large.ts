/**
 * Large bodies: handling them takes time, and their memory counts.
 */

/** From so many bytes on a body is large. */
export const large = 256 * 1024

/**
 * Gives back the memory of a large buffer, all of which must be nobody else's; the buffer is empty then. Until the
 * garbage collector sees what such buffers are it would be asked for them again and again, and a large collection takes
 * longer than a body.
 */
export const free = ({ buffer }: Buffer): void => {
  if (buffer.byteLength >= large && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
