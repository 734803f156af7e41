// Builds dist/, which bin/bot runs while it is newer than the sources.
import { bundle } from './build.mjs';

await bundle();
