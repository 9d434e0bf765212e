// Every address, and the page that is loaded for it.

import type { ComponentType } from "react";
import { createBrowserRouter, type RouteObject } from "react-router";
import { SignedIn } from "./lib/session";
import { Broken, NotFound } from "./ui/Broken";
import { Shell } from "./ui/Shell";
import { Waiting } from "./ui/State";

type Module = { default: ComponentType };
const page = (path: string, load: () => Promise<Module>, children?: RouteObject[]): RouteObject => ({
  path,
  children,
  lazy: async () => ({ Component: (await load()).default }),
});
const account = async (name: "SignIn" | "SignUp" | "Forgotten" | "NewPassword") =>
  ({ default: (await import("./pages/account/Account"))[name] });
const lists = async (name: "AtRisk" | "Funnel" | "Gradebook" | "QuestionStats") =>
  ({ default: (await import("./pages/teach/Lists"))[name] });
const loading = { isPending: true, error: null, refetch: () => {} };

export const router = createBrowserRouter([
  {
    element: <Shell />,
    hydrateFallbackElement: <main><Waiting query={loading} /></main>,
    children: [
      {
        errorElement: <Broken />,
        children: [
          page("/", () => import("./pages/catalogue/Catalogue")),
          page("/courses/:course", () => import("./pages/course/Course")),
          page("/courses/:course/lessons/:lesson", () => import("./pages/lesson/Lesson")),
          page("/sign-in", () => account("SignIn")),
          page("/sign-up", () => account("SignUp")),
          page("/forgotten", () => account("Forgotten")),
          page("/verify/:code?", () => import("./pages/certificate/Verify")),
          page("/new-password", () => account("NewPassword")),
          { path: "*", element: <NotFound /> },
          {
            element: <SignedIn />,
            children: [
              page("/learn", () => import("./pages/learning/Learning")),
              page("/courses/:course/grades", () => import("./pages/grades/Grades")),
              page("/invitations", () => import("./pages/learning/Invitations")),
              page("/orders", () => import("./pages/orders/Orders")),
              page("/profile", () => import("./pages/profile/ProfilePage")),
              page("/admin", () => import("./pages/admin/Platform")),
              page("/teach", () => import("./pages/teach/Dashboard")),
              page("/import", () => import("./pages/teach/Import")),
              page("/teach/:course", () => import("./pages/teach/Layout"), [
                page("", () => import("./pages/teach/Overview")),
                page("learners", () => import("./pages/teach/Learners")),
                page("sales", () => import("./pages/teach/Sales")),
                page("banks", () => import("./pages/teach/Banks")),
                page("team", () => import("./pages/teach/Team")),
                page("risk", () => lists("AtRisk")),
                page("funnel", () => lists("Funnel")),
                page("grades", () => lists("Gradebook")),
                page("questions", () => lists("QuestionStats")),
                page("labs", async () => ({ default: (await import("./pages/teach/Labs")).Labs })),
                page("labs/attempts/:attempt", () => import("./pages/teach/Answers")),
                page("labs/:submission", async () => ({ default: (await import("./pages/teach/Labs")).Grading })),
                page("edit", () => import("./pages/teach/Edit")),
                page("edit/:lesson", () => import("./pages/teach/EditLesson")),
              ]),
            ],
          },
        ],
      },
    ],
  },
]);
