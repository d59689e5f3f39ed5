import { type ShapeSpan, type TraceShape, traceShapes } from './trace-shapes.ts';

/** Where a span lies in its trace, in millionths of the trace's duration. */
export interface SpanPlace {
  from: number;
  to: number;
}

/**
 * Room between a span and its parent on either side, in millionths of the trace: start and end of a span are moved
 * inwards by up to half of it at random, and the child still lies inside its parent.
 */
export const marginMillionths = 2_000;

/** Lays the children of each span one after the other inside it, each as long as its share says. */
export function layOutSpans(spans: readonly ShapeSpan[]): SpanPlace[] {
  const places: SpanPlace[] = [];
  spans.forEach(([, , parent], index) => {
    const room = places[parent];
    if (room === undefined) {
      places.push({ from: 0, to: 1_000_000 });
      return;
    }
    const siblings = spans.map((span, i) => ({ i, span })).filter(({ span }) => span[2] === parent);
    const total = siblings.reduce((sum, { span }) => sum + span[3], 0);
    const before = siblings.filter(({ i }) => i < index).reduce((sum, { span }) => sum + span[3], 0);
    const from = room.from + marginMillionths;
    const length = room.to - marginMillionths - from;
    const share = spans[index]?.[3] ?? 1;
    places.push({
      from: Math.round(from + (length * before) / total),
      to: Math.round(from + (length * (before + share)) / total),
    });
  });
  return places;
}

/** All spans of all shapes in one list: span s of shape t is at `t * spansPerShape + s`. */
export function everySpan<T>(value: (span: ShapeSpan, place: SpanPlace, shape: TraceShape) => T): T[] {
  return traceShapes.flatMap((shape) => {
    const places = layOutSpans(shape.spans);
    return shape.spans.flatMap((span, index) => {
      const place = places[index];
      return place === undefined ? [] : [value(span, place, shape)];
    });
  });
}
