import { expect } from 'chai';
import { EMPTY, Observable, of, throwError } from 'rxjs';
import sinon from 'sinon';
import { drain } from '../../bin/drain.js';
import { stopSignal } from '../../bin/stop-signal.js';
import { Aborted } from '../../lib/errors.js';

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );
const never = () => new AbortController().signal;

describe('drain', () => {
  it('gives the last value of a stream, and nothing for an empty one', async () => {
    expect(await drain(of(1, 2, 3), never())).to.equal(3);
    expect(await drain<unknown>(EMPTY, never())).to.equal(undefined);
  });

  it('fails with the stream', async () => {
    expect(
      await failureOf(
        drain(
          throwError(() => new Error('broken')),
          never(),
        ),
      ),
    ).to.have.property('message', 'broken');
  });

  it('unsubscribes when it is stopped', async () => {
    const letGo = sinon.spy();
    const controller = new AbortController();
    const failure = failureOf(drain(new Observable(() => letGo), controller.signal));
    controller.abort();
    expect(await failure).to.be.instanceOf(Aborted);
    sinon.assert.calledOnce(letGo);
  });

  it('does not start if it was stopped before', async () => {
    const begun = sinon.spy();
    expect(await failureOf(drain(new Observable(begun), AbortSignal.abort()))).to.be.instanceOf(Aborted);
    sinon.assert.notCalled(begun);
  });

  it('leaves no listener on the signal behind', async () => {
    const { signal } = new AbortController();
    const remove = sinon.spy(signal, 'removeEventListener');
    await drain(of(1), signal);
    await failureOf(
      drain(
        throwError(() => new Error('broken')),
        signal,
      ),
    );
    sinon.assert.calledTwice(remove);
  });
});

describe('stop signal', () => {
  const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
  const before = SIGNALS.map(signal => process.listeners(signal));
  afterEach(() => {
    sinon.restore();
    for (const [n, signal] of SIGNALS.entries())
      for (const listener of process.listeners(signal))
        if (!before[n]!.includes(listener)) process.off(signal, listener);
  });

  it('fires at the first Ctrl-C and ends the process at the second', () => {
    const exit = sinon.stub(process, 'exit');
    const stop = stopSignal();
    process.emit('SIGINT', 'SIGINT');
    expect(stop.signal.aborted).to.equal(true);
    expect(stop.received()).to.equal('SIGINT');
    sinon.assert.notCalled(exit);
    process.emit('SIGINT', 'SIGINT');
    sinon.assert.calledOnceWithExactly(exit, 130);
    process.emit('SIGTERM', 'SIGTERM');
    sinon.assert.calledWithExactly(exit, 143);
  });

  it('ends a process that is done with the exit code that was set', () => {
    const exit = sinon.stub(process, 'exit');
    const stop = stopSignal();
    stop.done();
    process.emit('SIGTERM', 'SIGTERM');
    expect(exit.firstCall.args).to.deep.equal([]);
  });
});
