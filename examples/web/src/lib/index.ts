export * from "./course";
export * from "./files";
export * from "./i18n";
export * from "./lesson";
export * from "./query";
export * from "./session";
export * from "./supabase";
