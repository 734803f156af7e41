import { p } from '@mikro-orm/core';
import { ConfigurationHistory } from './configuration-history.js';
import { Cryptocurrency } from './cryptocurrency.js';
import { Run } from './run.js';

// Referenced rows are never deleted, nor given another id.

/** The market of a row, by its id. */
export const marketId = () =>
  p.manyToOne(Cryptocurrency).mapToPk().fieldName('cryptocurrency_id').deleteRule('no action').updateRule('no action');

/** The run of a row, by its id. */
export const runId = () =>
  p.manyToOne(Run).mapToPk().fieldName('run_id').deleteRule('no action').updateRule('no action');

/** The version of the configuration in force, by its id. */
export const configurationId = () =>
  p
    .manyToOne(ConfigurationHistory)
    .mapToPk()
    .fieldName('configuration_id')
    .deleteRule('no action')
    .updateRule('no action');
