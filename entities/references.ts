import { p } from '@mikro-orm/core';
import { ConfigurationHistory } from './configuration-history.js';
import { Cryptocurrency } from './cryptocurrency.js';
import { Run } from './run.js';

// What is referred to is never deleted from under its rows, nor given another id.

/** The market that a row is of, by its id. */
export const marketId = () =>
  p.manyToOne(Cryptocurrency).mapToPk().fieldName('cryptocurrency_id').deleteRule('no action').updateRule('no action');

/** The run that a row belongs to, by its id. */
export const runId = () =>
  p.manyToOne(Run).mapToPk().fieldName('run_id').deleteRule('no action').updateRule('no action');

/** The version of the configuration that was in force, by its id. */
export const configurationId = () =>
  p
    .manyToOne(ConfigurationHistory)
    .mapToPk()
    .fieldName('configuration_id')
    .deleteRule('no action')
    .updateRule('no action');
