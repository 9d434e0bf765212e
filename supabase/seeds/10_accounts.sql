-- Demo accounts. All sign in with the password `lyceum-demo`. Never seed a project that people use.
--
-- Account ids read a0000000-0000-4000-8000-0000000000NN: 01 the admin, 1N instructors, 2N learners.
-- Supabase Auth refuses a row whose token columns are null, so they are ''.

with
secrets as materialized (
  -- One hash for all accounts: bcrypt is slow by design, and demo accounts share the password.
  select extensions.crypt('lyceum-demo', extensions.gen_salt('bf')) as password_hash
),

accounts (id, email, name) as (
  values
  ('a0000000-0000-4000-8000-000000000001'::uuid, 'admin@lyceum.test', 'Ada Lindqvist'),
  ('a0000000-0000-4000-8000-000000000011'::uuid, 'instructor@lyceum.test', 'Ines Moreau'),
  ('a0000000-0000-4000-8000-000000000012'::uuid, 'instructor2@lyceum.test', 'Tomas Berger'),
  ('a0000000-0000-4000-8000-000000000021'::uuid, 'learner@lyceum.test', 'Lea Hoffmann'),
  ('a0000000-0000-4000-8000-000000000022'::uuid, 'learner2@lyceum.test', 'Kofi Mensah'),
  ('a0000000-0000-4000-8000-000000000023'::uuid, 'learner3@lyceum.test', 'Mei Tanaka'),
  ('a0000000-0000-4000-8000-000000000024'::uuid, 'learner4@lyceum.test', 'Jonas Keller'),
  ('a0000000-0000-4000-8000-000000000025'::uuid, 'learner5@lyceum.test', 'Sofia Marin'),
  ('a0000000-0000-4000-8000-000000000026'::uuid, 'learner6@lyceum.test', 'Amir Rahimi')
)

insert into auth.users (
  instance_id,
  id,
  aud,
  role,
  email,
  encrypted_password,
  email_confirmed_at,
  raw_app_meta_data,
  raw_user_meta_data,
  confirmation_token,
  recovery_token,
  email_change,
  email_change_token_new,
  email_change_token_current,
  phone_change,
  phone_change_token,
  reauthentication_token,
  created_at,
  updated_at
)
select
  '00000000-0000-0000-0000-000000000000'::uuid as instance_id,
  accounts.id,
  'authenticated' as aud,
  'authenticated' as role_name,
  accounts.email,
  secrets.password_hash as encrypted_password,
  now() - interval '90 days' as email_confirmed_at,
  '{"provider": "email", "providers": ["email"]}'::jsonb as raw_app_meta_data,
  jsonb_build_object('name', accounts.name) as raw_user_meta_data,
  '' as confirmation_token,
  '' as recovery_token,
  '' as email_change,
  '' as email_change_token_new,
  '' as email_change_token_current,
  '' as phone_change,
  '' as phone_change_token,
  '' as reauthentication_token,
  now() - interval '90 days' as created_at,
  now() - interval '90 days' as updated_at
from accounts
cross join secrets;

-- An e-mail account has one identity; its provider id is the id of the account.
insert into auth.identities (
  id,
  user_id,
  provider,
  provider_id,
  identity_data,
  created_at,
  updated_at
)
select
  signups.id,
  signups.id as user_id,
  'email' as provider_name,
  signups.id::text as provider_id,
  jsonb_build_object(
    'sub', signups.id::text,
    'email', signups.email,
    'email_verified', true,
    'phone_verified', false
  ) as identity_data,
  signups.created_at,
  signups.updated_at
from auth.users as signups
where signups.id::text like 'a0000000-0000-4000-8000-%';

-- The trigger on auth.users creates every profile as a learner.
update public.profiles
set role = 'admin'
where id = 'a0000000-0000-4000-8000-000000000001';

update public.profiles
set role = 'instructor'
where
  id in (
    'a0000000-0000-4000-8000-000000000011',
    'a0000000-0000-4000-8000-000000000012'
  );
