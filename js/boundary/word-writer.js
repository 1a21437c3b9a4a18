// @ts-check
/**
 * Writes 32-bit words, the form in which values cross to the core. src/words/mod.rs describes the format and reads it.
 *
 * The words go to a buffer of this module first. `copyTo` copies them to the core's scratch buffer once they are
 * complete, because code of the user may run between two words: a getter, a proxy or a `toJSON` may call another cached
 * function, which overwrites the scratch buffer or grows the memory under it. The copy costs about 10 ns for a small call.
 */

import { TAG, UNSORTED } from "./numbers.js";
import { Refusal } from "./refusal.js";
import { hasLoneSurrogate } from "./well-formed.js";

/** 16 MB: the core keeps what a key is made of, and its memory never shrinks. */
export const MAX_WORDS = 4 * 1024 * 1024;
/** Up to this length a loop over the characters is quicker than `encodeInto`. */
const SHORT_TEXT = 24;

const encoder = new TextEncoder();
const float = new Float64Array(1);
const floatWords = new Uint32Array(float.buffer);

export class WordWriter {
  /** The number of words written so far, which is the place of the next one. */
  position = 0;
  /** Whether the properties ascend in every object written so far. */
  isSorted = true;
  words = new Uint32Array(1024);
  /** The same buffer as UTF-16 units. */
  units = new Uint16Array(this.words.buffer);
  /** The same buffer as bytes. */
  bytes = new Uint8Array(this.words.buffer);

  /**
   * Copies the words to the scratch buffer of `core`.
   * @param {import("./core.js").Core} core
   */
  copyTo(core) {
    const { position, words } = this;
    core.reserve(position * 4);
    const target = core.words;
    if (position < 64) for (let index = 0; index < position; index++) target[index] = words[index];
    else target.set(words.subarray(0, position));
  }

  /** @param {number} word */
  word(word) {
    if (this.position === this.words.length) this.room(1);
    this.words[this.position++] = word;
  }

  /**
   * Makes room for `count` more words.
   * @param {number} count
   */
  room(count) {
    const wanted = this.position + count;
    if (wanted <= this.words.length) return;
    if (wanted > MAX_WORDS) throw new Refusal(`makes the arguments larger than ${MAX_WORDS >> 18} MB`);
    const { bytes, position } = this;
    this.words = new Uint32Array(Math.min(Math.max(wanted, 2 * this.words.length), MAX_WORDS));
    this.units = new Uint16Array(this.words.buffer);
    this.bytes = new Uint8Array(this.words.buffer);
    this.bytes.set(bytes.subarray(0, position * 4));
  }

  /** @param {number} value */
  number(value) {
    // Also true of -0, which is written as 0.
    if ((value << 8) >> 8 === value) return this.word(TAG.INTEGER | (value << 8));
    this.room(3);
    // There are many NaNs, and user code may have made any of them: always write the same one.
    float[0] = Number.isNaN(value) ? Number.NaN : value;
    this.words[this.position] = TAG.FLOAT;
    this.words[this.position + 1] = floatWords[0];
    this.words[this.position + 2] = floatWords[1];
    this.position += 3;
  }

  /** @param {bigint} value */
  bigint(value) {
    const start = this.position;
    this.text(value.toString());
    this.words[start] += TAG.BIGINT - TAG.ASCII;
  }

  /** @param {string} text */
  text(text) {
    const { length } = text;
    if (length > SHORT_TEXT) return this.#longText(text);
    // One word for the header and one for every two units: enough for ASCII and for UTF-16.
    this.room(1 + SHORT_TEXT / 2);
    const { position, words, bytes } = this;
    const start = (position + 1) * 4;
    const size = (length + 3) >> 2;
    if (length > 0) words[position + size] = 0;
    let bits = 0;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      bytes[start + index] = unit;
      bits |= unit;
    }
    if (bits > 0x7f) return this.#utf16(text);
    words[position] = TAG.ASCII | (length << 8);
    this.position = position + 1 + size;
  }

  /**
   * Writes a text as UTF-16: a short one that is not ASCII, or one with a lone surrogate.
   * @param {string} text
   */
  #utf16(text) {
    const { length } = text;
    const size = (length + 1) >> 1;
    this.room(1 + size);
    const { position, words, units } = this;
    const start = (position + 1) * 2;
    words[position] = TAG.UTF16 | (length << 8);
    words[position + size] = 0;
    for (let index = 0; index < length; index++) units[start + index] = text.charCodeAt(index);
    this.position = position + 1 + size;
  }

  /** @param {string} text */
  #longText(text) {
    const { length } = text;
    this.room(2 + (length >> 2));
    const start = (this.position + 1) * 4;
    let { read, written } = encoder.encodeInto(text, this.bytes.subarray(start));
    if (written !== length || read !== length) {
      if (hasLoneSurrogate(text)) return this.#utf16(text);
      if (read < length) {
        const rest = text.slice(read);
        // A unit needs at most three bytes.
        this.room(2 + ((written + rest.length * 3) >> 2));
        written += encoder.encodeInto(rest, this.bytes.subarray(start + written)).written;
      }
    }
    for (let index = written; (index & 3) !== 0; index++) this.bytes[start + index] = 0;
    this.words[this.position] = (written === length ? TAG.ASCII : TAG.UTF8) | (written << 8);
    this.position += 1 + ((written + 3) >> 2);
  }

  /** Begins a container and returns its place, for `close`. */
  open() {
    const start = this.position;
    this.room(2);
    // Until `close` knows the size, its place remembers whether the container around this one is sorted so far.
    this.words[start + 1] = this.isSorted ? 0 : UNSORTED;
    this.isSorted = true;
    this.position = start + 2;
    return start;
  }

  /**
   * Ends the container that was begun at `start`.
   * @param {number} start
   * @param {number} tag
   * @param {number} count of its entries
   */
  close(start, tag, count) {
    const { words } = this;
    const wasSorted = words[start + 1] === 0;
    words[start] = tag | (count << 8);
    words[start + 1] = (this.position - start - 2) | (this.isSorted ? 0 : UNSORTED);
    this.isSorted = this.isSorted && wasSorted;
  }
}
