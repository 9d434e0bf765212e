// Every address, and the page that is loaded for it.

import type { ComponentType } from "react";
import { createBrowserRouter, type RouteObject } from "react-router";
import { SignedIn } from "./lib/session";
import { Broken, NotFound } from "./ui/Broken";
import { Shell } from "./ui/Shell";
import { Waiting } from "./ui/State";

type Module = { default: ComponentType };
const page = (path: string, load: () => Promise<Module>): RouteObject => ({
  path,
  lazy: async () => ({ Component: (await load()).default }),
});
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
          page("/sign-in", () => import("./pages/account/SignIn")),
          page("/sign-up", () => import("./pages/account/SignUp")),
          page("/forgotten", () => import("./pages/account/Forgotten")),
          page("/verify/:code?", () => import("./pages/certificate/Verify")),
          page("/new-password", () => import("./pages/account/NewPassword")),
          { path: "*", element: <NotFound /> },
          {
            element: <SignedIn />,
            children: [
              page("/learn", () => import("./pages/learning/Learning")),
              page("/courses/:course/grades", () => import("./pages/grades/Grades")),
              page("/profile", () => import("./pages/profile/ProfilePage")),
            ],
          },
        ],
      },
    ],
  },
]);
