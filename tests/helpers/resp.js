// The Redis wire protocol, as far as the proxy and the REST front of the tests need it: where commands and replies end.

/**
 * Cuts a stream of bytes into commands (arrays of bulk strings, as all clients send them).
 * @returns {(chunk: Buffer) => { words: string[], bytes: Buffer }[]}
 */
export function commandReader() {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const commands = [];
    for (;;) {
      const found = readCommand(rest);
      if (found === undefined) return commands;
      commands.push({ words: found.words, bytes: rest.subarray(0, found.end) });
      rest = rest.subarray(found.end);
    }
  };
}

/** @param {Buffer} bytes */
function readCommand(bytes) {
  const head = readLine(bytes, 0);
  if (head === undefined) return undefined;
  const words = [];
  let { end } = head;
  for (let left = Number(head.text.slice(1)); left > 0; left--) {
    const size = readLine(bytes, end);
    if (size === undefined) return undefined;
    const start = size.end;
    end = start + Number(size.text.slice(1)) + 2;
    if (end > bytes.length) return undefined;
    words.push(bytes.toString("latin1", start, end - 2));
  }
  return { words, end };
}

/** @param {Buffer} bytes @param {number} start */
function readLine(bytes, start) {
  const end = bytes.indexOf("\r\n", start);
  return end < 0 ? undefined : { text: bytes.toString("latin1", start, end), end: end + 2 };
}

/**
 * Cuts a stream of bytes into replies, and gives the bytes of each.
 * @returns {(chunk: Buffer) => Buffer[]}
 */
export function replyReader() {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const replies = [];
    for (;;) {
      const end = endOfReply(rest, 0);
      if (end < 0) return replies;
      replies.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}

/** Where the reply that begins at `start` ends, or -1 while it is not all there. @param {Buffer} bytes @param {number} start */
function endOfReply(bytes, start) {
  const head = readLine(bytes, start);
  if (head === undefined) return -1;
  const kind = head.text[0];
  const size = Number(head.text.slice(1));
  if ("$=!".includes(kind)) {
    if (size < 0) return head.end;
    return head.end + size + 2 <= bytes.length ? head.end + size + 2 : -1;
  }
  if (!"*%~>|".includes(kind) || size < 0) return head.end;
  let end = head.end;
  for (let left = kind === "%" || kind === "|" ? size * 2 : size; left > 0; left--) {
    end = endOfReply(bytes, end);
    if (end < 0) return -1;
  }
  return end;
}
