// A chart, and the table behind it for everybody who would rather read. recharts is loaded here.

import { Bar, BarChart, CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { useTexts } from "../lib";
import { Table } from "./parts";

const COLOURS = ["var(--accent)", "var(--warn)", "var(--good)"];
const SOFT = { fill: "var(--soft)", fontSize: 12 };

export type Series<Row> = { name: string; value: (row: Row) => number | null };
type Props<Row> = {
  title: string; rows: Row[]; head: string; x: (row: Row) => string; series: Series<Row>[]; shape?: "line" | "bar";
};

export default function Chart<Row>({ title, rows, head, x, series, shape = "line" }: Props<Row>) {
  const { t, number } = useTexts();
  const data = rows.map((row) => ({ x: x(row), ...series.map((one) => one.value(row)) }));
  const Frame = shape === "line" ? LineChart : BarChart;
  return (
    <figure className="chart card">
      <figcaption>{title}</figcaption>
      <div className="row soft">
        {series.length > 1 && series.map((one, index) => (
          <small key={one.name}><b style={{ color: COLOURS[index] }}>■</b> {one.name}</small>
        ))}
      </div>
      <div className="chart-box" aria-hidden>
        <ResponsiveContainer width="100%" height="100%">
          <Frame data={data} margin={{ top: 8, right: 8, bottom: 0, left: -16 }} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis dataKey="x" tick={SOFT} stroke="var(--line)" minTickGap={24} />
            <YAxis tick={SOFT} stroke="var(--line)" allowDecimals={false} />
            <Tooltip contentStyle={{ background: "var(--paper)", borderColor: "var(--line)" }} cursor={{ fill: "var(--wash)" }} />
            {series.map((one, index) => shape === "line" ? (
              <Line key={one.name} dataKey={String(index)} name={one.name} stroke={COLOURS[index]} strokeWidth={2}
                dot={false} isAnimationActive={false} />
            ) : (
              <Bar key={one.name} dataKey={String(index)} name={one.name} fill={COLOURS[index]} isAnimationActive={false} />
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
