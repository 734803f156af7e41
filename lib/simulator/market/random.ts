/** Gives the next 32 random bits, as a signed integer. */
export type Draw = () => number;

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

const mix = (word: number): number => {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
};

/** 32 bits that depend on every character of the text. */
export const hashOf = (text: string, salt = 0): number => {
  let hash = salt ^ text.length;
  for (let i = 0; i < text.length; i++) hash = rotate(Math.imul(hash ^ text.charCodeAt(i), 0x9e3779b1), 13);
  return mix(hash);
};

/**
 * Streams of random words by place. A stream belongs to its seed, purpose and place alone:
 * whichever others are drawn from, and in whichever order, it is the same. (Generator: sfc32 of
 * PractRand.)
 */
export const streamsOf = (seed: number, purpose: string): ((place: number) => Draw) => {
  const seedHash = hashOf(String(seed), 0x2545f491);
  const purposeHash = hashOf(purpose, seedHash);
  return place => {
    let a = seedHash;
    let b = purposeHash;
    let c = mix(Math.imul(place, 0x9e3779b1) ^ b);
    let counter = 1;
    const draw = () => {
      const word = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (rotate(c, 21) + word) | 0;
      return word;
    };
    for (let i = 0; i < 12; i++) draw();
    return draw;
  };
};

/** One of the streams of a seed and purpose. */
export const drawsOf = (seed: number, purpose: string, place: number): Draw => streamsOf(seed, purpose)(place);

/** Evenly distributed in [0, 1). */
export const uniform = (draw: Draw): number => (draw() >>> 0) / 2 ** 32;

/** Standard deviation of the sum of four even 16-bit words. */
const FOUR_WORDS = 2 ** 16 / Math.sqrt(3);

/**
 * Nearly normal, mean 0 and deviation 1, within ±3.47: the sum of four even parts, exact on every
 * machine.
 */
export const normal = (draw: Draw): number => {
  const x = draw();
  const y = draw();
  return ((x & 0xffff) + (x >>> 16) + (y & 0xffff) + (y >>> 16) - 2 * 0xffff) / FOUR_WORDS;
};
