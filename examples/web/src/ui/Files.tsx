// Files of people: choosing and sending one, and reading one.

import { type ReactNode, useRef, useState } from "react";
import { askService, type Bucket, publicAddress, Refusal, signedAddress, upload, useAct, useTexts } from "../lib";
import { Field, isAllowed, Meter } from "./parts";
import { Problem } from "./State";

type UploadProps = {
  label: string; hint?: string; bucket: Bucket; folder: string; accept?: string; isMany?: boolean;
  // What to do with an object that is stored.
  onStored: (path: string, file: File) => unknown;
};

export function Upload({ label, hint, bucket, folder, accept, isMany, onStored }: UploadProps) {
  const { t, percent } = useTexts();
  const [sent, setSent] = useState(0);
  const stop = useRef<AbortController>(null);
  const send = useAct(async (files: File[]) => {
    stop.current = new AbortController();
    for (const file of files) {
      setSent(0);
      const path = await upload(bucket, folder, file, setSent, stop.current.signal).catch((error: Error) => {
        throw error instanceof Refusal && error.code === "upload_lost" ? new Error(t("uploadLost", { name: file.name })) : error;
      });
      await onStored(path, file);
    }
  });
  return (
    <div className="stack">
      <Field label={label} hint={hint}>
        <input type="file" accept={accept} multiple={isMany} disabled={send.isPending} onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          event.target.value = "";
          if (files.length > 0) send.mutate(files);
        }} />
      </Field>
      {send.isPending && (
        <div className="row" role="status">
          <span className="grow"><Meter value={sent} label={t("sending")} /></span>
          {percent(Math.floor(sent))}
          <button type="button" onClick={() => stop.current?.abort()}>{t("stop")}</button>
        </div>
      )}
      <Problem error={send.error} />
    </div>
  );
}

type DownloadProps = { bucket: Bucket; path: string; title: string; isLink?: boolean; children?: ReactNode };

// Asks for an address when it is used: addresses of private files end soon.
export function Download({ bucket, path, title, isLink = false, children = title }: DownloadProps) {
  const open = useAct(async () => window.location.assign(await signedAddress(bucket, path, title)));
  return (
    <>
      <button type="button" className={isLink ? "link" : ""} disabled={open.isPending} onClick={() => open.mutate(undefined)}>
        {children}
      </button>
      <Problem error={open.error} />
    </>
  );
}

type SavedProps = { path: string; name: string; label: string };

// A file that the service writes for the caller.
export function Saved({ path, name, label }: SavedProps) {
  const save = useAct(async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await (await askService(path)).blob());
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  return (
    <>
      <button type="button" disabled={save.isPending} onClick={() => save.mutate(undefined)}>{label}</button>
      <Problem error={save.error} />
    </>
  );
}

type PictureProps = { label: string; bucket: Bucket; folder: string; name: string; url: string | null };

// The address of a picture in a form: uploaded, or removed.
export function Picture({ label, bucket, folder, name, url: first }: PictureProps) {
  const { t } = useTexts();
  const [url, setUrl] = useState(first);
  return (
    <div className="stack">
      <Upload label={label} hint={t("pictureHint")} bucket={bucket} folder={folder} accept="image/jpeg,image/png,image/webp"
        onStored={(path) => setUrl(publicAddress(bucket, path))} />
      <input type="hidden" name={name} value={url ?? ""} />
      {url && (
        <div className="row">
          {isAllowed(url) && <img className="thumb" src={url} alt={label} />}
          <button type="button" onClick={() => setUrl(null)}>{t("removePicture")}</button>
        </div>
      )}
    </div>
  );
}
