import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SinkDelivery, sinkProblem } from '../../dev/demo/verify-sinks.ts';

/** A delivery in which nothing is missing: each rejected row is one that was never accepted, and perhaps a root. */
const complete = fc
  .record({ plain: fc.nat(1_000), roots: fc.nat(1_000), badPlain: fc.nat(50), badRoots: fc.nat(50) })
  .map(
    ({ plain, roots, badPlain, badRoots }): SinkDelivery => ({
      sourceRows: plain + roots + badPlain + badRoots,
      sourceRoots: roots + badRoots,
      rows: plain + roots,
      rejected: badPlain + badRoots,
      events: plain + 2 * roots,
      dropped: {},
      fromStart: true,
    }),
  );

describe('the final check of a delivery of events', () => {
  test('passes when accepted and rejected rows are those of the source, and the events those of the accepted rows', () => {
    fc.assert(
      fc.property(complete, (delivery) => {
        expect(sinkProblem(delivery)).toBeUndefined();
      }),
    );
  });

  test('finds a single row too few or too many', () => {
    fc.assert(
      fc.property(complete, fc.constantFrom('rows', 'rejected'), fc.constantFrom(-1, 1), (delivery, field, change) => {
        const problem = sinkProblem({ ...delivery, [field]: delivery[field] + change });
        expect(problem).toContain('the source has');
      }),
    );
  });

  test('finds a single event too few or too many, where nothing was rejected', () => {
    const accepted = complete.map(({ sourceRoots, rejected, ...delivery }) => ({
      ...delivery,
      rejected: 0,
      sourceRows: delivery.rows,
      sourceRoots: delivery.events - delivery.rows,
      removed: { sourceRoots, rejected },
    }));
    fc.assert(
      fc.property(accepted, fc.constantFrom(-1, 1), ({ removed: _, ...delivery }, change) => {
        expect(sinkProblem(delivery)).toBeUndefined();
        expect(sinkProblem({ ...delivery, events: delivery.events + change })).toContain('accepted rows make');
      }),
    );
  });

  test('finds events that were lost after an answer of 200, with the reason', () => {
    fc.assert(
      fc.property(complete, fc.boolean(), (delivery, fromStart) => {
        const problem = sinkProblem({ ...delivery, fromStart, dropped: { event_too_large: 2 } });
        expect(problem).toContain('2 event_too_large');
      }),
    );
  });

  test('of an integration that an earlier start has made forgives what came again, and what the emulator has forgotten', () => {
    const later = { sourceRows: 100, sourceRoots: 10, rejected: 1, events: 0, dropped: {}, fromStart: false };
    expect(sinkProblem({ ...later, rows: 99 })).toBeUndefined();
    expect(sinkProblem({ ...later, rows: 130 })).toBeUndefined();
    expect(sinkProblem({ ...later, rows: 98 })).toContain('98 rows were accepted and 1 rejected, the source has 100');
  });
});
