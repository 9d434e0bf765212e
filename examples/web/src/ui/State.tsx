// What a page shows while it has no data, or when something was refused.

import { useSyncExternalStore } from "react";
import { Refusal, useTexts } from "../lib";

export function Problem({ error }: { error: Error | null }) {
  const { t } = useTexts();
  if (!error) return null;
  const isOffline = error instanceof Refusal && error.code === "offline";
  const hint = error instanceof Refusal ? error.hint : null;
  return (
    <div className="alert error" role="alert">
      <p>{isOffline ? t("offlineNow") : error.message}</p>
      {hint && !isOffline && <p>{hint}</p>}
    </div>
  );
}

type Query = { isPending: boolean; isPaused?: boolean; error: Error | null; refetch: () => unknown };

// Waiting, offline, or failed with a way to try again; nothing once there is data.
export function Waiting({ query }: { query: Query }) {
  const { t } = useTexts();
  if (query.error) {
    return (
      <>
        <Problem error={query.error} />
        <button onClick={() => void query.refetch()}>{t("retry")}</button>
      </>
    );
  }
  if (!query.isPending) return null;
  if (query.isPaused) return <Empty text={t("offline")} />;
  return <div className="skeleton" role="status" aria-label={t("loading")}><i /><i /><i /><i /></div>;
}

export function Empty({ text }: { text: string }) {
  return <p className="state">{text}</p>;
}

export function Done({ text }: { text: string | null }) {
  return <div role="status">{text && <div className="alert done">{text}</div>}</div>;
}

function listen(changed: () => void) {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}

export const useOnline = () => useSyncExternalStore(listen, () => navigator.onLine);
