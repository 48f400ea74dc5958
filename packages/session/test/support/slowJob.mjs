// Writes a line, then another one in two parts, between which a letter is cut in two, and then one without an end.
const parts = ["first\n", "sec\xc3", "\xb3nd\r\n", "third"]
parts.forEach((part, index) => setTimeout(() => process.stdout.write(Buffer.from(part, "latin1")), index * 800))
