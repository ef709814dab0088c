import { View, Warn, parse } from 'vega';
import { compile } from 'vega-lite';

/**
 * Curves of one thing that grows with another.
 *
 * @typedef {object} Plot
 * @property {string} title
 * @property {Axis} x
 * @property {Axis} y
 * @property {readonly { label: string, points: readonly (readonly [number, number])[] }[]} curves
 *
 * @typedef {{ title: string, isLog?: boolean }} Axis
 */

/** Draws curves as SVG. @param {Plot} plot */
export async function drawSvg({ title, x, y, curves }) {
  const values = curves.flatMap(({ label, points }) => points.map(([x, y]) => ({ label, x, y })));
  const { spec } = compile({
    title,
    width: 560,
    height: 300,
    background: 'white',
    data: { values },
    mark: { type: 'line', point: values.length < 100 },
    encoding: {
      x: axis('x', x),
      y: axis('y', y),
      color: { field: 'label', type: 'nominal', title: null },
      strokeDash: { field: 'label', type: 'nominal', title: null },
    },
  });
  return `${await new View(parse(spec), { renderer: 'none', logLevel: Warn }).toSVG()}\n`;
}

function axis(field, { title, isLog = false }) {
  return { field, type: 'quantitative', title, scale: { type: isLog ? 'log' : 'linear' } };
}
