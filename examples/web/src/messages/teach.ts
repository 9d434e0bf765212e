// Staff and admins: [English, German].
export const teach = {
} as const satisfies Record<string, readonly [string, string]>;
