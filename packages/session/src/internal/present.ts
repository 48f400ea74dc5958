/** The same record without the keys whose value is `undefined`: what is absent is not there. */
export const present = <A extends object>(record: A): Partial<A> => {
  const there: Partial<A> = {}
  for (const key in record) {
    if (record[key] !== undefined) there[key] = record[key]
  }
  return there
}
