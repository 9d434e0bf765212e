// What every page may use. Charts and Markdown are large and are loaded apart.
export * from "./Files";
export * from "./Form";
export * from "./Listed";
export * from "./Outline";
export * from "./parts";
export * from "./Prose";
export * from "./State";
