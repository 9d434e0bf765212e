// What a certificate says, for anyone who has its code; its owner finds the files here too.

import { useNavigate, useParams } from "react-router";
import { ask, supabase, useRead, useTexts } from "../../lib";
import { Field, useTitle, Waiting } from "../../ui";

export default function Verify() {
  const { code } = useParams();
  const { t } = useTexts();
  const navigate = useNavigate();
  useTitle(t("verify"));
  return (
    <>
      <h1 className="no-print">{t("verify")}</h1>
      {code ? <Certificate code={code} /> : (
        <form className="stack card form" action={(form) => void navigate(`/verify/${String(form.get("code")).trim()}`)}>
          <Field label={t("certificateCode")}><input name="code" required /></Field>
          <button className="primary">{t("check")}</button>
        </form>
      )}
    </>
  );
}

function Certificate({ code }: { code: string }) {
  const { t, number, date } = useTexts();
  const certificate = useRead(["certificate", code], () => ask(supabase.rpc("verify_certificate", { code })));
  if (!certificate.data) return <Waiting query={certificate} />;
  const { data } = certificate;
  const files = `${SERVICE_URL}/v1/certificates/${encodeURIComponent(data.code)}`;
  return (
    <>
      <p className={`alert ${data.valid ? "done" : "error"}`} role="status">
        {data.valid ? t("valid") : t("revoked", { when: date(data.revoked_on) })}
      </p>
      <article className="certificate">
        <p className="soft">{t("certifies")}</p>
        <h2>{data.name}</h2>
        <p className="soft">{t("hasCompleted")}</p>
        <h3>{data.title}</h3>
        <p>{t("hoursOfWork", { n: number(data.hours) })} · {date(data.completed_on)}</p>
        {data.teachers.length > 0 && <p className="soft">{t("taughtBy", { names: data.teachers.join(", ") })}</p>}
        <small>{data.code}</small>
      </article>
      <p className="row no-print">
        <a className="button" href={`${files}.pdf`}>PDF</a>
        <a className="button" href={`${files}.svg`}>SVG</a>
        <button onClick={() => print()}>{t("print")}</button>
      </p>
    </>
  );
}
