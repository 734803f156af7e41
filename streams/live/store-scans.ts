import {
  concat,
  concatMap,
  defer,
  filter,
  finalize,
  from,
  ignoreElements,
  map,
  merge,
  mergeScan,
  of,
  withLatestFrom,
  type Observable,
  type OperatorFunction,
} from 'rxjs';
import type { Backlog } from '../../lib/market-data/backlog.js';
import type { OpenedMarkets, ScannerPorts, ScansToStore, Verification } from '../../lib/market-data/ports.js';
import { candlesOf, opportunitiesOf, scansOf, type NamedOpportunity } from '../../lib/market-data/scans.js';
import { hasExpired } from '../../lib/portfolio/entry.js';
import type { WithheldReason } from '../../lib/portfolio/events.js';
import type { InForce } from '../../lib/settings/settings.js';
import { settingsFor } from '../../lib/settings/settings-for.js';
import { Decision } from '../../lib/strategy/decisions.js';
import { MOMENTUM } from '../../lib/strategy/momentum.js';
import { HOUR_MS, MINUTE_MS, type Bytes, type DurationMs, type EpochMs } from '../../lib/units.js';
import { poll } from '../poll.js';
import type { ScanStep } from '../scan.js';
import { withSettings } from '../with-settings.js';
import type { SignalTape } from '../strategies.js';

/** A stored opportunity and its immediate outcome. */
export interface StoredOpportunity extends NamedOpportunity {
  /** Why it is withheld from the position manager; null if it is handed over. */
  readonly withheld: WithheldReason | null;
}

type Other = Exclude<ScanStep, { kind: 'scanned' | 'recovered' }>;

/** A stored step. */
export type StoredStep =
  | {
      readonly kind: 'scanned';
      readonly signal: SignalTape;
      readonly candles: number;
      readonly decisions: number;
      /** Opportunities that can still be bought. */
      readonly opportunities: readonly StoredOpportunity[];
      /** Of the whole tape. */
      readonly found: number;
      /** Opportunities that were found too late; those of a recovery are reported at its end. */
      readonly late: readonly NamedOpportunity[];
      /** The end of the market's decided minutes. */
      readonly until: EpochMs;
      readonly saveMs: DurationMs;
      /**
       * Our own time from the last answer to the stored decision; NaN without an answer or a
       * decision, and in a recovery.
       */
      readonly storedMs: DurationMs;
    }
  | {
      readonly kind: 'recovered';
      readonly behind: readonly number[];
      readonly late: readonly NamedOpportunity[];
      /** How many strategies decide. */
      readonly strategies: number;
      /** The last failure; null if there was none. */
      readonly trouble: { readonly market: number; readonly reason: string } | null;
    }
  | Other
  /** Result of a comparison of the indicators with the reference. */
  | { readonly kind: 'verified'; readonly verification: Verification };

/** The ports that storing scans needs. */
export type StoreScansPorts = Pick<ScannerPorts, 'clock' | 'scans' | 'settings$'>;

/** Memory estimate of a cell with its indicators as an object, of a shadow's decision, of the rest. */
const DECIDED_BYTES = 4_000;
const SHADOW_BYTES = 50;
const SMALL_BYTES = 250;

/** Approximate memory that a step takes until it is stored. */
const bytesOf = (step: ScanStep): Bytes => {
  if (step.kind !== 'scanned') return SMALL_BYTES;
  const candles = step.event.rows.reduce((sum, { candles: rows }) => sum + rows.length, 0);
  const decided = step.signal.decision.reduce((sum, decision) => sum + (decision === Decision.outside ? 0 : 1), 0);
  const shadows = Math.max(0, step.signal.signals.length - 1);
  return SMALL_BYTES * (1 + candles) + (DECIDED_BYTES + SHADOW_BYTES * shadows) * decided;
};

/** Under what results are stored. */
const originOf = ({
  settings,
  configurationId,
  strategyVersions: versions,
}: InForce): Pick<ScansToStore, 'configurationId' | 'strategy' | 'versions'> => ({
  configurationId,
  strategy: settings.strategies[0]?.name ?? MOMENTUM.name,
  ...(versions && { versions }),
});

interface State {
  /** The lanes whose indicators agree with the reference; null before the first comparison. */
  readonly agreeing: ReadonlySet<number> | null;
  readonly hasRecovered: boolean;
  readonly late: readonly NamedOpportunity[];
  readonly trouble: Extract<StoredStep, { kind: 'recovered' }>['trouble'];
  readonly out: StoredStep | null;
}

type Input =
  | { readonly kind: 'step'; readonly step: ScanStep; readonly isDiskFull: boolean; readonly bytes: Bytes }
  | { readonly kind: 'verified'; readonly verification: Verification };

const START: State = { agreeing: null, hasRecovered: false, late: [], trouble: null, out: null };

const needsVerification = ({ agreeing }: State, step: ScanStep): boolean =>
  agreeing === null &&
  (step.kind === 'recovered' || (step.kind === 'scanned' && opportunitiesOf(step.signal).length > 0));

/**
 * Stores each step in order, and emits it when it is stored. Opportunities are withheld from
 * markets whose indicators differ from the reference, which is checked before the first opportunity
 * or at the end of a recovery, and each hour; and from all markets while the disk is full.
 * `backlog` counts what waits; steps that still wait on unsubscription are never stored: their
 * minutes are requested again.
 *
 *     step      a--bo---r---
 *     save      -a---o          o has an opportunity
 *     verify        -v          before o
 *     stored    -a-b-vo-r---
 */
export const storeScans =
  (
    { clock, scans, settings$ }: StoreScansPorts,
    opened: OpenedMarkets,
    diskFull$: Observable<boolean>,
    backlog: Backlog,
  ): OperatorFunction<ScanStep, StoredStep> =>
  step$ =>
    defer(() => {
      const { ids } = opened;
      let waiting: Bytes = 0;
      let isLeft = false;
      const wait = (bytes: Bytes): void => {
        waiting += bytes;
        backlog.add(bytes);
      };
      const release = (bytes: Bytes): void => {
        if (isLeft) return;
        waiting -= bytes;
        backlog.remove(bytes);
      };

      const verified$ = (): Observable<Verification> =>
        withSettings(settings$, ({ settings }) => scans.verify(opened, settings.indicators, clock.now()));

      const scanned = (
        state: State,
        step: Extract<ScanStep, { kind: 'scanned' }>,
        isFull: boolean,
      ): Observable<State> => {
        const { event, signal } = step;
        const withheldBy = (market: number): WithheldReason | null =>
          isFull ? 'disk_full' : state.agreeing?.has(market) ? null : 'untrusted';
        const decidedAt = clock.now();
        const found = scansOf(event, signal, ids, opened.undecided).map(each => ({
          ...each,
          opportunities: each.opportunities.map(one => ({ ...one, withheld: withheldBy(one.market) })),
          decidedAt,
        }));
        const began = clock.elapsed();
        const saved$ = from(
          scans.save({ ...originOf(signal), ids, scans: found, verdicts: signal.verdicts ?? [] }),
        ).pipe(ignoreElements());
        const after = (): State => {
          const now = clock.now();
          const all = opportunitiesOf(signal);
          const isLate = (opportunity: NamedOpportunity) =>
            hasExpired(opportunity, now, settingsFor(signal.settings, opportunity.strategy).risk);
          const late = [...state.late, ...all.filter(isLate)];
          const isDecided = signal.decision.some(decision => decision !== Decision.outside);
          const sum = (count: (scan: (typeof found)[number]) => number) =>
            found.reduce((total, scan) => total + count(scan), 0);
          const out: StoredStep = {
            kind: 'scanned',
            signal,
            candles: sum(({ candles }) => candles.length),
            decisions: sum(({ decisions }) => decisions.length),
            found: sum(({ opportunities }) => opportunities.length),
            opportunities: all
              .filter(opportunity => !isLate(opportunity))
              .map(opportunity => ({ ...opportunity, withheld: withheldBy(opportunity.market) })),
            late: state.hasRecovered ? late : [],
            until: signal.start + signal.minutes * MINUTE_MS,
            saveMs: Math.round(clock.elapsed() - began),
            storedMs: state.hasRecovered && isDecided ? (now - (event.answeredAt ?? NaN)) / clock.speed : NaN,
          };
          return { ...state, late: state.hasRecovered ? [] : late, out };
        };
        return concat(
          saved$,
          defer(() => of(after())),
        );
      };

      const act = (state: State, step: ScanStep, isFull: boolean): Observable<State> => {
        if (needsVerification(state, step))
          return verified$().pipe(
            concatMap(verification => {
              const next: State = { ...state, agreeing: verification.agreeing };
              return concat(of<State>({ ...next, out: { kind: 'verified', verification } }), act(next, step, isFull));
            }),
          );
        switch (step.kind) {
          case 'scanned':
            return scanned(state, step, isFull);
          case 'recovered': {
            const { late, trouble } = state;
            const strategies = step.settings.strategies.length;
            const out: StoredStep = { kind: 'recovered', behind: step.behind, late, strategies, trouble };
            return of({ ...state, hasRecovered: true, late: [], out });
          }
          case 'revised': {
            const revised = { candles: candlesOf(step, ids), source: step.source, decisions: [], opportunities: [] };
            const saved$ = from(scans.save({ ...originOf(step), ids, scans: [revised], verdicts: [] }));
            return concat(saved$.pipe(ignoreElements()), of({ ...state, out: step }));
          }
          case 'confirmed': {
            const saved$ = from(scans.saveConfirmed(ids[step.market]!, step.from, step.to));
            return concat(saved$.pipe(ignoreElements()), of({ ...state, out: step }));
          }
          case 'gap':
            return of({ ...state, out: step });
          case 'trouble':
            return of({ ...state, trouble: { market: step.market, reason: step.reason }, out: step });
        }
      };

      const input$ = step$.pipe(
        withLatestFrom(diskFull$),
        map(([step, isDiskFull]): Input => {
          const bytes = bytesOf(step);
          wait(bytes);
          return { kind: 'step', step, isDiskFull, bytes };
        }),
      );
      const hour$ = poll({ now: clock.now, speed: clock.speed, periodMs: HOUR_MS, timeoutMs: HOUR_MS }, verified$).pipe(
        filter(polled => polled.kind === 'answer'),
        map((polled): Input => ({ kind: 'verified', verification: polled.value })),
      );
      return merge(input$, hour$).pipe(
        mergeScan(
          (state: State, input): Observable<State> => {
            if (input.kind === 'step')
              return act(state, input.step, input.isDiskFull).pipe(finalize(() => release(input.bytes)));
            const { verification } = input;
            return of({ ...state, agreeing: verification.agreeing, out: { kind: 'verified', verification } });
          },
          START,
          1,
        ),
        map(({ out }) => out),
        filter(out => out !== null),
        finalize(() => {
          backlog.remove(waiting);
          isLeft = true;
        }),
      );
    });
