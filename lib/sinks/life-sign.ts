import { declareSink } from './sink.js';

/** Each event is a sign of life for the supervisor. */
export const lifeSign = declareSink({
  open:
    ({ beat }) =>
    () => {
      beat();
      return null;
    },
});
