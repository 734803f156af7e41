/**
 * Amounts as whole multiples of a market's step, so that what was bought is sold to the last step.
 * A quotient within a billionth of a step below a whole number counts as that number: 0.3 / 0.1 is
 * 3, not 2.
 */
export const stepsIn = (amount: number, step: number): number => {
  const quotient = amount / step;
  const nearest = Math.round(quotient);
  return nearest > quotient && nearest - quotient <= 1e-9 ? nearest : Math.floor(quotient);
};

/**
 * The amount of so many steps; divided where the step is one over a whole number, so that 3 steps
 * of 0.1 are 0.3.
 */
export const amountOf = (steps: number, step: number): number => {
  const perUnit = Math.round(1 / step);
  return perUnit > 0 && Math.abs(perUnit * step - 1) < 1e-9 ? steps / perUnit : steps * step;
};

/**
 * So much of a whole number of steps, rounded down, computed in whole numbers: 0.3 of 10 is 3, not
 * 2.
 */
export const partOf = (steps: number, ratio: number): number =>
  Number((BigInt(steps) * BigInt(Math.round(ratio * 1e12))) / 1_000_000_000_000n);
