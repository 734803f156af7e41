import { declareSink } from './sink.js';

/** Describes each event in the log. */
export const log = declareSink({
  open:
    ({ describe }) =>
    event => {
      describe(event);
      return null;
    },
});
