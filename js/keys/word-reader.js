// @ts-check
/** Reads words, the form in which arguments cross to the core. src/words/mod.rs describes it. */
import { TAG } from "../boundary/numbers.js";

/** Up to this length a loop over the characters is quicker than a decoder. */
const SHORT = 24;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class WordReader {
  #words;
  #bytes;
  /** The place of the next word. */
  at = 0;

  /** @param {Uint32Array} words */
  constructor(words) {
    this.#words = words;
    this.#bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  }

  /** The next word, which is read again. */
  peek() {
    return this.#words[this.at];
  }

  word() {
    return this.#words[this.at++];
  }

  /** The number behind the word of a FLOAT. */
  float() {
    this.at += 2;
    return new Float64Array(this.#words.slice(this.at - 2, this.at).buffer)[0];
  }

  /** The next bytes, which are padded to whole words. @param {number} length */
  bytes(length) {
    const start = 4 * this.at;
    this.at += (length + 3) >> 2;
    return this.#bytes.subarray(start, start + length);
  }

  /** The text behind a word of ASCII, UTF8, UTF16 or BIGINT. @param {number} word */
  textOf(word) {
    const count = word >>> 8;
    const tag = word & 0xff;
    if (tag === TAG.ASCII && count <= SHORT) {
      let text = "";
      for (const byte of this.bytes(count)) text += String.fromCharCode(byte);
      return text;
    }
    if (tag !== TAG.UTF16) return decoder.decode(this.bytes(count));
    return String.fromCharCode(...new Uint16Array(this.bytes(2 * count).slice().buffer));
  }
}
