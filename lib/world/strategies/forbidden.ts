/* eslint-disable no-restricted-syntax -- it takes clock and dice away, and puts them back */
/**
 * Runs `act` without clock, dice and timers: each of them throws an error with its name, since a
 * strategy decides by candles and parameters alone. Only in a thread of its own, where nothing else
 * runs meanwhile.
 */
export const withoutClockAndDice = <T>(act: () => T): T => {
  const refuse = (name: string) => (): never => {
    throw new Error(`${name} is not available: a strategy decides by candles and parameters alone`);
  };
  const {
    Date: RealDate,
    setTimeout: realTimeout,
    setInterval: realInterval,
    setImmediate: realImmediate,
  } = globalThis;
  const { random } = Math;
  const now = performance.now.bind(performance);
  const frozen = new Proxy(RealDate, {
    construct: (target, given: readonly unknown[]) =>
      given.length === 0 ? refuse('new Date()')() : new target(...(given as [number])),
    apply: refuse('Date()'),
    get: (target, name) => (name === 'now' ? refuse('Date.now()') : (Reflect.get(target, name) as unknown)),
  });
  const replaced = {
    Date: frozen,
    setTimeout: refuse('setTimeout()'),
    setInterval: refuse('setInterval()'),
    setImmediate: refuse('setImmediate()'),
  };
  Object.assign(globalThis, replaced);
  Math.random = refuse('Math.random()');
  performance.now = refuse('performance.now()');
  try {
    return act();
  } finally {
    Object.assign(globalThis, {
      Date: RealDate,
      setTimeout: realTimeout,
      setInterval: realInterval,
      setImmediate: realImmediate,
    });
    Math.random = random;
    performance.now = now;
  }
};
