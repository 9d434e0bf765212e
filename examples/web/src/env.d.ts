// Filled in by vite.config.ts.
declare const SUPABASE_URL: string;
declare const SUPABASE_PUBLISHABLE_KEY: string;
declare const SERVICE_URL: string;
declare const MEDIA_ORIGINS: string;
