/** The own properties of a value, as a plain record: what is easily compared. */
export const plain = (value: object): Readonly<Record<string, unknown>> => Object.fromEntries(Object.entries(value))
