// A chart, and the table behind it for everybody who would rather read. recharts is loaded here.

import { Bar, BarChart, CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { useTexts } from "../lib";
import { Table } from "./parts";

const COLOURS = ["var(--accent)", "var(--warn)", "var(--good)"];
const SOFT = { fill: "var(--soft)", fontSize: 12 };
const TIP = { background: "var(--paper)", borderColor: "var(--line)" };

type Series<Row> = { name: string; value: (row: Row) => number | null };
// A line by day, bars side by side, or a row of bars for each name.
type Shape = "line" | "bar" | "rows";
type Props<Row> = {
  title: string; rows: Row[]; head: string; x: (row: Row) => string; series: Series<Row>[]; shape?: Shape;
};

export default function Chart<Row>({ title, rows, head, x, series, shape = "line" }: Props<Row>) {
  const { t, number } = useTexts();
  const data = rows.map((row) => ({ x: x(row), ...series.map((one) => one.value(row)) }));
  const Frame = shape === "line" ? LineChart : BarChart;
  const isRows = shape === "rows";
  const names = { dataKey: "x", tick: SOFT, stroke: "var(--line)", tickLine: false };
  const counts = { type: "number", tick: SOFT, stroke: "var(--line)", allowDecimals: false } as const;
  return (
    <figure className="chart card">
      <figcaption>{title}</figcaption>
      <div className="row soft">
        {series.length > 1 && series.map((one, index) => (
          <small key={one.name}><b style={{ color: COLOURS[index] }}>■</b> {one.name}</small>
        ))}
      </div>
      <div aria-hidden>
        <ResponsiveContainer width="100%" height={isRows ? 40 + rows.length * (14 + 12 * series.length) : 240}>
          <Frame data={data} layout={isRows ? "vertical" : "horizontal"} accessibilityLayer={false} barGap={1}
            margin={{ top: 8, right: 8, bottom: 0, left: isRows ? 0 : -16 }}>
            <CartesianGrid stroke="var(--line)" horizontal={!isRows} vertical={isRows} />
            {isRows ? <XAxis {...counts} /> : <XAxis {...names} minTickGap={24} />}
            {isRows ? <YAxis {...names} type="category" width={130} interval={0} /> : <YAxis {...counts} />}
            <Tooltip contentStyle={TIP} cursor={{ fill: "var(--wash)", stroke: "var(--line)" }} />
            {series.map((one, index) => shape === "line" ? (
              <Line key={one.name} dataKey={String(index)} name={one.name} stroke={COLOURS[index]} strokeWidth={2}
                dot={false} isAnimationActive={false} />
            ) : (
              <Bar key={one.name} dataKey={String(index)} name={one.name} fill={COLOURS[index]} maxBarSize={isRows ? 12 : 48}
                isAnimationActive={false} />
            ))}
          </Frame>
        </ResponsiveContainer>
      </div>
      <details>
        <summary>{t("asTable")}</summary>
        <Table caption={title} rows={rows} columns={[
          { head, cell: x },
          ...series.map((one) => ({ head: one.name, cell: (row: Row) => number(one.value(row)), number: true })),
        ]} />
      </details>
    </figure>
  );
}
