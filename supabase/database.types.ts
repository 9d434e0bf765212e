// Written by `make types` from the migrations and backend/app/models/rpc. Do not edit.
//
//   const supabase = createClient<Database>(url, key);
//
// Insert and Update hold the columns that a signed-in user may write; the rest is the database's.
// Errors holds the codes that each function may raise. Rows of other tables in a select are typed
// by foreign keys alone: row-level security may hide one, so that it is null. Ask for it with
// !inner, or treat it as nullable.

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

type Generated = {
  public: {
    Tables: {
      certificates: {
        Row: {
          code: string
          completed_at: string
          content_versions: NonNullable<Json>
          course_id: string
          hours: number
          id: string
          issued_at: string
          locale: string
          name: string
          replaced_by: string | null
          revoke_reason: string | null
          revoked_at: string | null
          status_index: number
          teachers: (string)[]
          time_zone: string
          title: string
          user_id: string
          version: number
        }
        ComputedFields: never
        Insert: {
          code: string
          completed_at: string
          content_versions?: NonNullable<Json>
          course_id: string
          hours: number
          id?: string
          issued_at?: string
          locale: string
          name: string
          replaced_by?: string | null
          revoke_reason?: string | null
          revoked_at?: string | null
          status_index?: number
          teachers?: (string)[]
          time_zone?: string
          title: string
          user_id: string
          version: number
        }
        Update: {
          code?: string
          completed_at?: string
          content_versions?: NonNullable<Json>
          course_id?: string
          hours?: number
          id?: string
          issued_at?: string
          locale?: string
          name?: string
          replaced_by?: string | null
          revoke_reason?: string | null
          revoked_at?: string | null
          status_index?: number
          teachers?: (string)[]
          time_zone?: string
          title?: string
          user_id?: string
          version?: number
        }
        Relationships: [
          {
            foreignKeyName: "certificates_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "certificates_replaced_by_fkey"
            columns: ["replaced_by"]
            isOneToOne: false
            referencedRelation: "certificates"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "certificates_user_id_fkey"
            columns: ["user_id"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
      course_prerequisites: {
        Row: {
          course_id: string
          min_score: number | null
          prerequisite_id: string
        }
        ComputedFields: never
        Insert: {
          course_id: string
          min_score?: number | null
          prerequisite_id: string
        }
        Update: {
          course_id?: string
          min_score?: number | null
          prerequisite_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "course_prerequisites_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "course_prerequisites_prerequisite_id_fkey"
            columns: ["prerequisite_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          }
        ]
      }
      course_staff: {
        Row: {
          course_id: string
          created_at: string
          role: Generated["public"]['Enums']["course_role"]
          user_id: string
        }
        ComputedFields: never
        Insert: {
          course_id: string
          created_at?: string
          role?: Generated["public"]['Enums']["course_role"]
          user_id: string
        }
        Update: {
          course_id?: string
          created_at?: string
          role?: Generated["public"]['Enums']["course_role"]
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "course_staff_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "course_staff_user_id_fkey"
            columns: ["user_id"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
      courses: {
        Row: {
          archived_at: string | null
          capacity: number | null
          closes_at: string | null
          cover_url: string | null
          created_at: string
          created_by: string | null
          description: string
          enrollment_mode: Generated["public"]['Enums']["enrollment_mode"]
          id: string
          is_published: boolean
          is_sequential: boolean
          lesson_count: number
          level: string | null
          locale: string
          opens_at: string | null
          required_count: number
          slug: string
          tags: (string)[]
          time_zone: string
          title: string
          updated_at: string
          version: number
        }
        ComputedFields: never
        Insert: {
          archived_at?: string | null
          capacity?: number | null
          closes_at?: string | null
          cover_url?: string | null
          created_at?: string
          created_by?: string | null
          description?: string
          enrollment_mode?: Generated["public"]['Enums']["enrollment_mode"]
          id?: string
          is_published?: boolean
          is_sequential?: boolean
          lesson_count?: number
          level?: string | null
          locale?: string
          opens_at?: string | null
          required_count?: number
          slug: string
          tags?: (string)[]
          time_zone?: string
          title: string
          updated_at?: string
          version?: number
        }
        Update: {
          archived_at?: string | null
          capacity?: number | null
          closes_at?: string | null
          cover_url?: string | null
          created_at?: string
          created_by?: string | null
          description?: string
          enrollment_mode?: Generated["public"]['Enums']["enrollment_mode"]
          id?: string
          is_published?: boolean
          is_sequential?: boolean
          lesson_count?: number
          level?: string | null
          locale?: string
          opens_at?: string | null
          required_count?: number
          slug?: string
          tags?: (string)[]
          time_zone?: string
          title?: string
          updated_at?: string
          version?: number
        }
        Relationships: [
          {
            foreignKeyName: "courses_created_by_fkey"
            columns: ["created_by"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
      enrollments: {
        Row: {
          completed_at: string | null
          completed_version: number | null
          course_id: string
          enrolled_at: string
          has_left: boolean
          id: string
          last_activity_at: string
          lessons_completed: number
          progress: number
          requested_at: string
          status: Generated["public"]['Enums']["enrollment_status"]
          user_id: string
        }
        ComputedFields: never
        Insert: {
          completed_at?: string | null
          completed_version?: number | null
          course_id: string
          enrolled_at?: string
          has_left?: boolean
          id?: string
          last_activity_at?: string
          lessons_completed?: number
          progress?: number
          requested_at?: string
          status?: Generated["public"]['Enums']["enrollment_status"]
          user_id: string
        }
        Update: {
          completed_at?: string | null
          completed_version?: number | null
          course_id?: string
          enrolled_at?: string
          has_left?: boolean
          id?: string
          last_activity_at?: string
          lessons_completed?: number
          progress?: number
          requested_at?: string
          status?: Generated["public"]['Enums']["enrollment_status"]
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "enrollments_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "enrollments_user_id_fkey"
            columns: ["user_id"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
      entitlements: {
        Row: {
          course_id: string
          created_at: string
          expires_at: string | null
          id: string
          reference: string
          revoked_at: string | null
          source: string
          starts_at: string
          user_id: string
        }
        ComputedFields: never
        Insert: {
          course_id: string
          created_at?: string
          expires_at?: string | null
          id?: string
          reference?: string
          revoked_at?: string | null
          source: string
          starts_at?: string
          user_id: string
        }
        Update: {
          course_id?: string
          created_at?: string
          expires_at?: string | null
          id?: string
          reference?: string
          revoked_at?: string | null
          source?: string
          starts_at?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "entitlements_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "entitlements_user_id_fkey"
            columns: ["user_id"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
      invitations: {
        Row: {
          accepted_by: string | null
          address: string
          course_id: string | null
          created_at: string
          decided_at: string | null
          email: string
          expires_at: string
          has_seat: boolean
          id: string
          invited_by: string | null
          role: Generated["public"]['Enums']["invited_role"]
          sent_at: string
          status: Generated["public"]['Enums']["invitation_status"]
        }
        ComputedFields: never
        Insert: {
          accepted_by?: string | null
          address: string
          course_id?: string | null
          created_at?: string
          decided_at?: string | null
          email: string
          expires_at: string
          has_seat?: boolean
          id?: string
          invited_by?: string | null
          role: Generated["public"]['Enums']["invited_role"]
          sent_at?: string
          status?: Generated["public"]['Enums']["invitation_status"]
        }
        Update: {
          accepted_by?: string | null
          address?: string
          course_id?: string | null
          created_at?: string
          decided_at?: string | null
          email?: string
          expires_at?: string
          has_seat?: boolean
          id?: string
          invited_by?: string | null
          role?: Generated["public"]['Enums']["invited_role"]
          sent_at?: string
          status?: Generated["public"]['Enums']["invitation_status"]
        }
        Relationships: [
          {
            foreignKeyName: "invitations_accepted_by_fkey"
            columns: ["accepted_by"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "invitations_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "invitations_invited_by_fkey"
            columns: ["invited_by"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
      lab_submissions: {
        Row: {
          body: string | null
          claimed_by: string | null
          claimed_until: string | null
          course_id: string
          criteria: Json | null
          feedback: string | null
          file_name: string | null
          file_path: string | null
          graded_at: string | null
          graded_by: string | null
          id: string
          is_late: boolean
          lesson_id: string
          score: number | null
          status: Generated["public"]['Enums']["submission_status"]
          submitted_at: string
          url: string | null
          user_id: string
          version: number
        }
        ComputedFields: never
        Insert: {
          body?: string | null
          claimed_by?: string | null
          claimed_until?: string | null
          course_id: string
          criteria?: Json | null
          feedback?: string | null
          file_name?: string | null
          file_path?: string | null
          graded_at?: string | null
          graded_by?: string | null
          id?: string
          is_late?: boolean
          lesson_id: string
          score?: number | null
          status?: Generated["public"]['Enums']["submission_status"]
          submitted_at?: string
          url?: string | null
          user_id: string
          version: number
        }
        Update: {
          body?: string | null
          claimed_by?: string | null
          claimed_until?: string | null
          course_id?: string
          criteria?: Json | null
          feedback?: string | null
          file_name?: string | null
          file_path?: string | null
          graded_at?: string | null
          graded_by?: string | null
          id?: string
          is_late?: boolean
          lesson_id?: string
          score?: number | null
          status?: Generated["public"]['Enums']["submission_status"]
          submitted_at?: string
          url?: string | null
          user_id?: string
          version?: number
        }
        Relationships: [
          {
            foreignKeyName: "lab_submissions_course_id_user_id_fkey"
            columns: ["course_id","user_id"]
            isOneToOne: false
            referencedRelation: "enrollments"
            referencedColumns: ["course_id","user_id"]
          },{
            foreignKeyName: "lab_submissions_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: false
            referencedRelation: "lessons"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "lab_submissions_user_id_fkey"
            columns: ["user_id"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
      labs: {
        Row: {
          course_id: string
          created_at: string
          due_at: string | null
          due_on: string | null
          lesson_id: string
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          course_id: string
          created_at?: string
          due_at?: string | null
          due_on?: string | null
          lesson_id: string
          updated_at?: string
        }
        Update: {
          course_id?: string
          created_at?: string
          due_at?: string | null
          due_on?: string | null
          lesson_id?: string
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: "labs_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "labs_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: true
            referencedRelation: "lessons"
            referencedColumns: ["id"]
          }
        ]
      }
      learning_events: {
        Row: {
          course_id: string
          detail: NonNullable<Json>
          kind: string
          lesson_id: string | null
          occurred_at: string
          seq: number
          user_id: string
        }
        ComputedFields: never
        Insert: {
          course_id: string
          detail?: NonNullable<Json>
          kind: string
          lesson_id?: string | null
          occurred_at?: string
          seq: number
          user_id: string
        }
        Update: {
          course_id?: string
          detail?: NonNullable<Json>
          kind?: string
          lesson_id?: string | null
          occurred_at?: string
          seq?: number
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "learning_events_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "learning_events_user_id_fkey"
            columns: ["user_id"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
      lesson_contents: {
        Row: {
          body_md: string
          course_id: string
          created_at: string
          is_public: boolean
          lesson_id: string
          md_url: string | null
          transcript: string | null
          updated_at: string
          version: number
          video_url: string | null
        }
        ComputedFields: never
        Insert: {
          body_md?: string
          course_id: string
          created_at?: string
          is_public?: boolean
          lesson_id: string
          md_url?: string | null
          transcript?: string | null
          updated_at?: string
          version?: number
          video_url?: string | null
        }
        Update: {
          body_md?: string
          course_id?: string
          created_at?: string
          is_public?: boolean
          lesson_id?: string
          md_url?: string | null
          transcript?: string | null
          updated_at?: string
          version?: number
          video_url?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "lesson_contents_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "lesson_contents_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: true
            referencedRelation: "lessons"
            referencedColumns: ["id"]
          }
        ]
      }
      lesson_drafts: {
        Row: {
          body_md: string
          course_id: string
          has_changes: boolean
          lesson_id: string
          md_url: string | null
          transcript: string | null
          updated_at: string
          updated_by: string | null
          video_url: string | null
        }
        ComputedFields: never
        Insert: {
          body_md?: string
          course_id: string
          has_changes?: boolean
          lesson_id: string
          md_url?: string | null
          transcript?: string | null
          updated_at?: string
          updated_by?: string | null
          video_url?: string | null
        }
        Update: {
          body_md?: string
          course_id?: string
          has_changes?: boolean
          lesson_id?: string
          md_url?: string | null
          transcript?: string | null
          updated_at?: string
          updated_by?: string | null
          video_url?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "lesson_drafts_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "lesson_drafts_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: true
            referencedRelation: "lessons"
            referencedColumns: ["id"]
          }
        ]
      }
      lesson_files: {
        Row: {
          course_id: string
          created_at: string
          id: string
          is_public: boolean
          lesson_id: string
          media_type: string | null
          ord: number
          path: string
          size_bytes: number | null
          title: string
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          course_id: string
          created_at?: string
          id?: string
          is_public?: boolean
          lesson_id: string
          media_type?: string | null
          ord?: number
          path: string
          size_bytes?: number | null
          title: string
          updated_at?: string
        }
        Update: {
          course_id?: string
          created_at?: string
          id?: string
          is_public?: boolean
          lesson_id?: string
          media_type?: string | null
          ord?: number
          path?: string
          size_bytes?: number | null
          title?: string
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: "lesson_files_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "lesson_files_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: false
            referencedRelation: "lessons"
            referencedColumns: ["id"]
          }
        ]
      }
      lesson_passages: {
        Row: {
          anchor: string
          body: string
          course_id: string
          heading_path: (string)[]
          is_public: boolean
          lesson_id: string
          ord: number
          source: string
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          anchor: string
          body: string
          course_id: string
          heading_path: (string)[]
          is_public: boolean
          lesson_id: string
          ord: number
          source: string
          updated_at?: string
        }
        Update: {
          anchor?: string
          body?: string
          course_id?: string
          heading_path?: (string)[]
          is_public?: boolean
          lesson_id?: string
          ord?: number
          source?: string
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: "lesson_passages_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "lesson_passages_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: false
            referencedRelation: "lesson_contents"
            referencedColumns: ["lesson_id"]
          }
        ]
      }
      lesson_prerequisites: {
        Row: {
          course_id: string
          is_lesson_listed: boolean
          is_prerequisite_listed: boolean
          lesson_id: string
          min_score: number | null
          prerequisite_id: string
        }
        ComputedFields: never
        Insert: {
          course_id: string
          is_lesson_listed?: boolean
          is_prerequisite_listed?: boolean
          lesson_id: string
          min_score?: number | null
          prerequisite_id: string
        }
        Update: {
          course_id?: string
          is_lesson_listed?: boolean
          is_prerequisite_listed?: boolean
          lesson_id?: string
          min_score?: number | null
          prerequisite_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "lesson_prerequisites_course_id_lesson_id_fkey"
            columns: ["course_id","lesson_id"]
            isOneToOne: false
            referencedRelation: "lessons"
            referencedColumns: ["course_id","id"]
          },{
            foreignKeyName: "lesson_prerequisites_course_id_prerequisite_id_fkey"
            columns: ["course_id","prerequisite_id"]
            isOneToOne: false
            referencedRelation: "lessons"
            referencedColumns: ["course_id","id"]
          }
        ]
      }
      lesson_progress: {
        Row: {
          completed_at: string | null
          content_version: number | null
          course_id: string
          furthest_seconds: number
          lesson_id: string
          position_seconds: number
          score: number | null
          seconds_spent: number
          started_at: string
          status: Generated["public"]['Enums']["progress_status"]
          updated_at: string
          user_id: string
          watch_credit: number
          watched: unknown
          watched_seconds: number
        }
        ComputedFields: never
        Insert: {
          completed_at?: string | null
          content_version?: number | null
          course_id: string
          furthest_seconds?: number
          lesson_id: string
          position_seconds?: number
          score?: number | null
          seconds_spent?: number
          started_at?: string
          status?: Generated["public"]['Enums']["progress_status"]
          updated_at?: string
          user_id: string
          watch_credit?: number
          watched?: unknown
          watched_seconds?: never
        }
        Update: {
          completed_at?: string | null
          content_version?: number | null
          course_id?: string
          furthest_seconds?: number
          lesson_id?: string
          position_seconds?: number
          score?: number | null
          seconds_spent?: number
          started_at?: string
          status?: Generated["public"]['Enums']["progress_status"]
          updated_at?: string
          user_id?: string
          watch_credit?: number
          watched?: unknown
          watched_seconds?: never
        }
        Relationships: [
          {
            foreignKeyName: "lesson_progress_course_id_lesson_id_fkey"
            columns: ["course_id","lesson_id"]
            isOneToOne: false
            referencedRelation: "lessons"
            referencedColumns: ["course_id","id"]
          },{
            foreignKeyName: "lesson_progress_course_id_user_id_fkey"
            columns: ["course_id","user_id"]
            isOneToOne: false
            referencedRelation: "enrollments"
            referencedColumns: ["course_id","user_id"]
          }
        ]
      }
      lesson_versions: {
        Row: {
          body_md: string
          course_id: string
          lesson_id: string
          md_url: string | null
          note: string | null
          published_at: string
          published_by: string | null
          shown_body_md: string | null
          shown_transcript: string | null
          title: string
          transcript: string | null
          version: number
          video_url: string | null
        }
        ComputedFields: never
        Insert: {
          body_md: string
          course_id: string
          lesson_id: string
          md_url?: string | null
          note?: string | null
          published_at?: string
          published_by?: string | null
          shown_body_md?: string | null
          shown_transcript?: string | null
          title: string
          transcript?: string | null
          version: number
          video_url?: string | null
        }
        Update: {
          body_md?: string
          course_id?: string
          lesson_id?: string
          md_url?: string | null
          note?: string | null
          published_at?: string
          published_by?: string | null
          shown_body_md?: string | null
          shown_transcript?: string | null
          title?: string
          transcript?: string | null
          version?: number
          video_url?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "lesson_versions_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "lesson_versions_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: false
            referencedRelation: "lessons"
            referencedColumns: ["id"]
          }
        ]
      }
      lessons: {
        Row: {
          archived_at: string | null
          completion_rule: Generated["public"]['Enums']["completion_rule"]
          completion_threshold: number
          content_type: Generated["public"]['Enums']["content_type"]
          course_id: string
          created_at: string
          duration_minutes: number
          id: string
          is_listed: boolean
          is_preview: boolean
          is_published: boolean
          is_required: boolean
          is_restored_published: boolean
          module_id: string
          ord: number
          release_after: string | null
          release_at: string | null
          slug: string
          title: string
          updated_at: string
          weight: number
        }
        ComputedFields: never
        Insert: {
          archived_at?: string | null
          completion_rule: Generated["public"]['Enums']["completion_rule"]
          completion_threshold?: number
          content_type?: Generated["public"]['Enums']["content_type"]
          course_id: string
          created_at?: string
          duration_minutes?: number
          id?: string
          is_listed?: boolean
          is_preview?: boolean
          is_published?: boolean
          is_required?: boolean
          is_restored_published?: boolean
          module_id: string
          ord: number
          release_after?: string | null
          release_at?: string | null
          slug: string
          title: string
          updated_at?: string
          weight?: number
        }
        Update: {
          archived_at?: string | null
          completion_rule?: Generated["public"]['Enums']["completion_rule"]
          completion_threshold?: number
          content_type?: Generated["public"]['Enums']["content_type"]
          course_id?: string
          created_at?: string
          duration_minutes?: number
          id?: string
          is_listed?: boolean
          is_preview?: boolean
          is_published?: boolean
          is_required?: boolean
          is_restored_published?: boolean
          module_id?: string
          ord?: number
          release_after?: string | null
          release_at?: string | null
          slug?: string
          title?: string
          updated_at?: string
          weight?: number
        }
        Relationships: [
          {
            foreignKeyName: "lessons_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "lessons_course_id_module_id_fkey"
            columns: ["course_id","module_id"]
            isOneToOne: false
            referencedRelation: "modules"
            referencedColumns: ["course_id","id"]
          }
        ]
      }
      modules: {
        Row: {
          archived_at: string | null
          course_id: string
          created_at: string
          id: string
          is_listed: boolean
          ord: number
          summary: string
          title: string
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          archived_at?: string | null
          course_id: string
          created_at?: string
          id?: string
          is_listed?: boolean
          ord: number
          summary?: string
          title: string
          updated_at?: string
        }
        Update: {
          archived_at?: string | null
          course_id?: string
          created_at?: string
          id?: string
          is_listed?: boolean
          ord?: number
          summary?: string
          title?: string
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: "modules_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          }
        ]
      }
      offer_courses: {
        Row: {
          course_id: string
          offer_id: string
        }
        ComputedFields: never
        Insert: {
          course_id: string
          offer_id: string
        }
        Update: {
          course_id?: string
          offer_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "offer_courses_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "offer_courses_offer_id_fkey"
            columns: ["offer_id"]
            isOneToOne: false
            referencedRelation: "offers"
            referencedColumns: ["id"]
          }
        ]
      }
      offers: {
        Row: {
          access_days: number | null
          billing_period: string | null
          created_at: string
          currency: string
          grace_days: number
          id: string
          is_active: boolean
          price: number
          title: string
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          access_days?: number | null
          billing_period?: string | null
          created_at?: string
          currency: string
          grace_days?: number
          id?: string
          is_active?: boolean
          price: number
          title: string
          updated_at?: string
        }
        Update: {
          access_days?: number | null
          billing_period?: string | null
          created_at?: string
          currency?: string
          grace_days?: number
          id?: string
          is_active?: boolean
          price?: number
          title?: string
          updated_at?: string
        }
        Relationships: [
        ]
      }
      orders: {
        Row: {
          amount: number | null
          cancelled_at: string | null
          created_at: string
          currency: string | null
          disputed_at: string | null
          ended_at: string | null
          expires_at: string | null
          grace_days: number | null
          id: string
          is_disputed: boolean
          is_refunded: boolean
          offer_id: string | null
          paid_at: string | null
          period_ends_at: string | null
          provider: string
          reference: string
          refunded_amount: number
          status: string
          subscription: string | null
          title: string | null
          updated_at: string
          user_id: string | null
        }
        ComputedFields: never
        Insert: {
          amount?: number | null
          cancelled_at?: string | null
          created_at?: string
          currency?: string | null
          disputed_at?: string | null
          ended_at?: string | null
          expires_at?: string | null
          grace_days?: number | null
          id?: string
          is_disputed?: boolean
          is_refunded?: boolean
          offer_id?: string | null
          paid_at?: string | null
          period_ends_at?: string | null
          provider: string
          reference: string
          refunded_amount?: number
          status?: string
          subscription?: string | null
          title?: string | null
          updated_at?: string
          user_id?: string | null
        }
        Update: {
          amount?: number | null
          cancelled_at?: string | null
          created_at?: string
          currency?: string | null
          disputed_at?: string | null
          ended_at?: string | null
          expires_at?: string | null
          grace_days?: number | null
          id?: string
          is_disputed?: boolean
          is_refunded?: boolean
          offer_id?: string | null
          paid_at?: string | null
          period_ends_at?: string | null
          provider?: string
          reference?: string
          refunded_amount?: number
          status?: string
          subscription?: string | null
          title?: string | null
          updated_at?: string
          user_id?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "orders_offer_id_fkey"
            columns: ["offer_id"]
            isOneToOne: false
            referencedRelation: "offers"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "orders_user_id_fkey"
            columns: ["user_id"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
      profiles: {
        Row: {
          avatar_url: string | null
          bio_md: string
          created_at: string
          deleted_at: string | null
          email: string
          headline: string
          id: string
          locale: string
          name: string
          role: Generated["public"]['Enums']["app_role"]
          time_zone: string
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          avatar_url?: string | null
          bio_md?: string
          created_at?: string
          deleted_at?: string | null
          email?: string
          headline?: string
          id: string
          locale?: string
          name?: string
          role?: Generated["public"]['Enums']["app_role"]
          time_zone?: string
          updated_at?: string
        }
        Update: {
          avatar_url?: string | null
          bio_md?: string
          created_at?: string
          deleted_at?: string | null
          email?: string
          headline?: string
          id?: string
          locale?: string
          name?: string
          role?: Generated["public"]['Enums']["app_role"]
          time_zone?: string
          updated_at?: string
        }
        Relationships: [
        ]
      }
      question_banks: {
        Row: {
          course_id: string
          created_at: string
          id: string
          title: string
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          course_id: string
          created_at?: string
          id?: string
          title: string
          updated_at?: string
        }
        Update: {
          course_id?: string
          created_at?: string
          id?: string
          title?: string
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: "question_banks_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          }
        ]
      }
      questions: {
        Row: {
          archived_at: string | null
          bank_id: string | null
          course_id: string
          created_at: string
          id: string
          kind: Generated["public"]['Enums']["question_kind"]
          lesson_id: string | null
          options: NonNullable<Json>
          ord: number
          points: number
          prompt_md: string
          revision: number
          tags: (string)[]
          updated_at: string
          updated_by: string | null
        }
        ComputedFields: never
        Insert: {
          archived_at?: string | null
          bank_id?: string | null
          course_id: string
          created_at?: string
          id?: string
          kind: Generated["public"]['Enums']["question_kind"]
          lesson_id?: string | null
          options?: NonNullable<Json>
          ord: number
          points?: number
          prompt_md: string
          revision?: number
          tags?: (string)[]
          updated_at?: string
          updated_by?: string | null
        }
        Update: {
          archived_at?: string | null
          bank_id?: string | null
          course_id?: string
          created_at?: string
          id?: string
          kind?: Generated["public"]['Enums']["question_kind"]
          lesson_id?: string | null
          options?: NonNullable<Json>
          ord?: number
          points?: number
          prompt_md?: string
          revision?: number
          tags?: (string)[]
          updated_at?: string
          updated_by?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "questions_bank_id_course_id_fkey"
            columns: ["bank_id","course_id"]
            isOneToOne: false
            referencedRelation: "question_banks"
            referencedColumns: ["id","course_id"]
          },{
            foreignKeyName: "questions_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "questions_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: false
            referencedRelation: "quizzes"
            referencedColumns: ["lesson_id"]
          }
        ]
      }
      quiz_attempts: {
        Row: {
          answered_at: string | null
          answers: NonNullable<Json>
          content_version: number | null
          course_id: string
          deadline: string | null
          hints: NonNullable<Json>
          id: string
          is_overridden: boolean
          is_passed: boolean | null
          is_pending: boolean
          items: NonNullable<Json>
          lesson_id: string
          max_score: number
          number: number
          revisions: NonNullable<Json>
          score: number | null
          started_at: string
          status: Generated["public"]['Enums']["attempt_status"]
          submitted_at: string | null
          time_limit_seconds: number | null
          user_id: string
        }
        ComputedFields: never
        Insert: {
          answered_at?: string | null
          answers?: NonNullable<Json>
          content_version?: number | null
          course_id: string
          deadline?: string | null
          hints?: NonNullable<Json>
          id?: string
          is_overridden?: boolean
          is_passed?: boolean | null
          is_pending?: boolean
          items: NonNullable<Json>
          lesson_id: string
          max_score: number
          number: number
          revisions?: NonNullable<Json>
          score?: number | null
          started_at?: string
          status?: Generated["public"]['Enums']["attempt_status"]
          submitted_at?: string | null
          time_limit_seconds?: number | null
          user_id: string
        }
        Update: {
          answered_at?: string | null
          answers?: NonNullable<Json>
          content_version?: number | null
          course_id?: string
          deadline?: string | null
          hints?: NonNullable<Json>
          id?: string
          is_overridden?: boolean
          is_passed?: boolean | null
          is_pending?: boolean
          items?: NonNullable<Json>
          lesson_id?: string
          max_score?: number
          number?: number
          revisions?: NonNullable<Json>
          score?: number | null
          started_at?: string
          status?: Generated["public"]['Enums']["attempt_status"]
          submitted_at?: string | null
          time_limit_seconds?: number | null
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "quiz_attempts_course_id_user_id_fkey"
            columns: ["course_id","user_id"]
            isOneToOne: false
            referencedRelation: "enrollments"
            referencedColumns: ["course_id","user_id"]
          },{
            foreignKeyName: "quiz_attempts_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: false
            referencedRelation: "quizzes"
            referencedColumns: ["lesson_id"]
          },{
            foreignKeyName: "quiz_attempts_user_id_fkey"
            columns: ["user_id"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
      quiz_draws: {
        Row: {
          bank_id: string
          course_id: string
          lesson_id: string
          question_count: number | null
          tag: string
        }
        ComputedFields: never
        Insert: {
          bank_id: string
          course_id: string
          lesson_id: string
          question_count?: number | null
          tag?: string
        }
        Update: {
          bank_id?: string
          course_id?: string
          lesson_id?: string
          question_count?: number | null
          tag?: string
        }
        Relationships: [
          {
            foreignKeyName: "quiz_draws_bank_id_course_id_fkey"
            columns: ["bank_id","course_id"]
            isOneToOne: false
            referencedRelation: "question_banks"
            referencedColumns: ["id","course_id"]
          },{
            foreignKeyName: "quiz_draws_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: false
            referencedRelation: "quizzes"
            referencedColumns: ["lesson_id"]
          }
        ]
      }
      quizzes: {
        Row: {
          course_id: string
          created_at: string
          draw_count: number | null
          due_at: string | null
          due_on: string | null
          is_shuffled: boolean
          lesson_id: string
          max_attempts: number | null
          pass_mark: number
          reveal: Generated["public"]['Enums']["quiz_reveal"]
          scoring: Generated["public"]['Enums']["quiz_scoring"]
          time_limit_seconds: number | null
          updated_at: string
        }
        ComputedFields: never
        Insert: {
          course_id: string
          created_at?: string
          draw_count?: number | null
          due_at?: string | null
          due_on?: string | null
          is_shuffled?: boolean
          lesson_id: string
          max_attempts?: number | null
          pass_mark?: number
          reveal?: Generated["public"]['Enums']["quiz_reveal"]
          scoring?: Generated["public"]['Enums']["quiz_scoring"]
          time_limit_seconds?: number | null
          updated_at?: string
        }
        Update: {
          course_id?: string
          created_at?: string
          draw_count?: number | null
          due_at?: string | null
          due_on?: string | null
          is_shuffled?: boolean
          lesson_id?: string
          max_attempts?: number | null
          pass_mark?: number
          reveal?: Generated["public"]['Enums']["quiz_reveal"]
          scoring?: Generated["public"]['Enums']["quiz_scoring"]
          time_limit_seconds?: number | null
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: "quizzes_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "quizzes_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: true
            referencedRelation: "lessons"
            referencedColumns: ["id"]
          }
        ]
      }
      tutor_conversations: {
        Row: {
          course_id: string
          created_at: string
          id: string
          lesson_id: string | null
          title: string
          updated_at: string
          user_id: string
        }
        ComputedFields: never
        Insert: {
          course_id: string
          created_at?: string
          id: string
          lesson_id?: string | null
          title: string
          updated_at?: string
          user_id: string
        }
        Update: {
          course_id?: string
          created_at?: string
          id?: string
          lesson_id?: string | null
          title?: string
          updated_at?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "tutor_conversations_course_id_fkey"
            columns: ["course_id"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "tutor_conversations_lesson_id_fkey"
            columns: ["lesson_id"]
            isOneToOne: false
            referencedRelation: "lessons"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "tutor_conversations_user_id_fkey"
            columns: ["user_id"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
      tutor_messages: {
        Row: {
          citations: NonNullable<Json>
          content: string
          conversation_id: string
          created_at: string
          details: NonNullable<Json>
          id: string
          role: string
          status: string
          superseded_by: string | null
          user_id: string
        }
        ComputedFields: never
        Insert: {
          citations?: NonNullable<Json>
          content?: string
          conversation_id: string
          created_at?: string
          details?: NonNullable<Json>
          id: string
          role: string
          status: string
          superseded_by?: string | null
          user_id: string
        }
        Update: {
          citations?: NonNullable<Json>
          content?: string
          conversation_id?: string
          created_at?: string
          details?: NonNullable<Json>
          id?: string
          role?: string
          status?: string
          superseded_by?: string | null
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "tutor_messages_conversation_id_fkey"
            columns: ["conversation_id"]
            isOneToOne: false
            referencedRelation: "tutor_conversations"
            referencedColumns: ["id"]
          },{
            foreignKeyName: "tutor_messages_user_id_fkey"
            columns: ["user_id"]
            isOneToOne: false
            referencedRelation: "profiles"
            referencedColumns: ["id"]
          }
        ]
      }
    }
    Views: {
      [_ in never]: never
    }
    Functions: {
      accept_invitation:
      {
        Args: {
          invitation_id: string
        };
        Returns: {
          accepted_by: string | null
          address: string
          course_id: string | null
          created_at: string
          decided_at: string | null
          email: string
          expires_at: string
          has_seat: boolean
          id: string
          invited_by: string | null
          role: Generated["public"]['Enums']["invited_role"]
          sent_at: string
          status: Generated["public"]['Enums']["invitation_status"]
        }
        SetofOptions: {
          from: "*"
          to: "invitations"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      archive_course:
      {
        Args: {
          course_id: string
        };
        Returns: {
          archived_at: string | null
          capacity: number | null
          closes_at: string | null
          cover_url: string | null
          created_at: string
          created_by: string | null
          description: string
          enrollment_mode: Generated["public"]['Enums']["enrollment_mode"]
          id: string
          is_published: boolean
          is_sequential: boolean
          lesson_count: number
          level: string | null
          locale: string
          opens_at: string | null
          required_count: number
          slug: string
          tags: (string)[]
          time_zone: string
          title: string
          updated_at: string
          version: number
        }
        SetofOptions: {
          from: "*"
          to: "courses"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      archive_lesson:
      {
        Args: {
          lesson_id: string
        };
        Returns: {
          archived_at: string | null
          completion_rule: Generated["public"]['Enums']["completion_rule"]
          completion_threshold: number
          content_type: Generated["public"]['Enums']["content_type"]
          course_id: string
          created_at: string
          duration_minutes: number
          id: string
          is_listed: boolean
          is_preview: boolean
          is_published: boolean
          is_required: boolean
          is_restored_published: boolean
          module_id: string
          ord: number
          release_after: string | null
          release_at: string | null
          slug: string
          title: string
          updated_at: string
          weight: number
        }
        SetofOptions: {
          from: "*"
          to: "lessons"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      archive_module:
      {
        Args: {
          module_id: string
        };
        Returns: {
          archived_at: string | null
          course_id: string
          created_at: string
          id: string
          is_listed: boolean
          ord: number
          summary: string
          title: string
          updated_at: string
        }
        SetofOptions: {
          from: "*"
          to: "modules"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      archive_question:
      {
        Args: {
          question_id: string
        };
        Returns: {
          archived_at: string | null
          bank_id: string | null
          course_id: string
          created_at: string
          id: string
          kind: Generated["public"]['Enums']["question_kind"]
          lesson_id: string | null
          options: NonNullable<Json>
          ord: number
          points: number
          prompt_md: string
          revision: number
          tags: (string)[]
          updated_at: string
          updated_by: string | null
        }
        SetofOptions: {
          from: "*"
          to: "questions"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      at_risk_learners:
      {
        Args: {
          course_id: string
          cursor?: string
          page_size?: number
        };
        Returns: {
          course_slug: string
          cursor: string
          email: string
          last_activity_at: string
          name: string
          next_due_at: string
          progress: number
          reasons: (string)[]
          risk: number
          stuck_lesson_id: string
          stuck_lesson_slug: string
          user_id: string
        }[]
      }
      begin_tutor_turn:
      {
        Args: {
          conversation_id: string
          course_id: string
          is_regenerated?: boolean
          lesson_id?: string
          mode?: string
          query_embedding?: (number)[]
          question?: string
          turn_key?: string
        };
        Returns: Json
      }
      budgets:
      {
        Args: Record<PropertyKey, never>;
        Returns: Generated["public"]['CompositeTypes']["budget"][]
        SetofOptions: {
          from: "*"
          to: "budget"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      claim_submission:
      {
        Args: {
          submission_id: string
        };
        Returns: {
          body: string | null
          claimed_by: string | null
          claimed_until: string | null
          course_id: string
          criteria: Json | null
          feedback: string | null
          file_name: string | null
          file_path: string | null
          graded_at: string | null
          graded_by: string | null
          id: string
          is_late: boolean
          lesson_id: string
          score: number | null
          status: Generated["public"]['Enums']["submission_status"]
          submitted_at: string
          url: string | null
          user_id: string
          version: number
        }
        SetofOptions: {
          from: "*"
          to: "lab_submissions"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      clone_course:
      {
        Args: {
          course_id: string
          import_key?: string
          slug: string
          starts_on?: string
          title?: string
        };
        Returns: Generated["public"]['CompositeTypes']["course_import"]
        SetofOptions: {
          from: "*"
          to: "course_import"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      close_attempt:
      {
        Args: {
          attempt_id: string
        };
        Returns: {
          answered_at: string | null
          answers: NonNullable<Json>
          content_version: number | null
          course_id: string
          deadline: string | null
          hints: NonNullable<Json>
          id: string
          is_overridden: boolean
          is_passed: boolean | null
          is_pending: boolean
          items: NonNullable<Json>
          lesson_id: string
          max_score: number
          number: number
          revisions: NonNullable<Json>
          score: number | null
          started_at: string
          status: Generated["public"]['Enums']["attempt_status"]
          submitted_at: string | null
          time_limit_seconds: number | null
          user_id: string
        }
        SetofOptions: {
          from: "*"
          to: "quiz_attempts"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      complete_course:
      {
        Args: {
          course_id: string
        };
        Returns: Generated["public"]['CompositeTypes']["course_completion"]
        SetofOptions: {
          from: "*"
          to: "course_completion"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      complete_learners:
      {
        Args: {
          course_id: string
          user_ids: (string)[]
        };
        Returns: {
          certificate_code: string
          status: string
          user_id: string
        }[]
      }
      complete_lesson:
      {
        Args: {
          lesson_id: string
        };
        Returns: Generated["public"]['CompositeTypes']["lesson_completion"]
        SetofOptions: {
          from: "*"
          to: "lesson_completion"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      course_activity:
      {
        Args: {
          course_id: string
          since?: string
        };
        Returns: {
          active_learners: number
          completed: number
          day: string
          enrolled: number
          lessons_completed: number
          seconds_spent: number
        }[]
      }
      course_codes:
      {
        Args: {
          course_id: string
          cursor?: string
          page_size?: number
        };
        Returns: {
          code: string
          course_id: string
          created_at: string
          created_by: string
          cursor: string
          expires_at: string
          id: string
          max_uses: number
          use_count: number
        }[]
      }
      course_funnel:
      {
        Args: {
          course_id: string
          cursor?: string
          page_size?: number
        };
        Returns: {
          completed: number
          completion_rate: number
          content_type: Generated["public"]['Enums']["content_type"]
          course_slug: string
          cursor: string
          drop_rate: number
          is_biggest_drop: boolean
          is_required: boolean
          lesson_id: string
          lesson_slug: string
          mean_score: number
          module_title: string
          ord: number
          seconds_per_learner: number
          started: number
          title: string
        }[]
      }
      course_learners:
      {
        Args: {
          course_id: string
          cursor?: string
          page_size?: number
          sort?: string
          status?: Generated["public"]['Enums']["enrollment_status"]
        };
        Returns: {
          completed_at: string
          course_score: number
          cursor: string
          email: string
          enrolled_at: string
          enrollment_id: string
          last_activity_at: string
          lessons_completed: number
          name: string
          progress: number
          seconds_spent: number
          status: Generated["public"]['Enums']["enrollment_status"]
          user_id: string
        }[]
      }
      course_outline:
      {
        Args: {
          course_id?: string
          slug?: string
        };
        Returns: Json
      }
      course_overview:
      {
        Args: {
          course_id: string
          since?: string
        };
        Returns: Generated["public"]['CompositeTypes']["course_figures"]
        SetofOptions: {
          from: "*"
          to: "course_figures"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      course_problems:
      {
        Args: {
          course_id: string
          cursor?: string
          page_size?: number
        };
        Returns: Generated["public"]['CompositeTypes']["course_problem"][]
        SetofOptions: {
          from: "*"
          to: "course_problem"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      course_team:
      {
        Args: {
          course_id: string
        };
        Returns: {
          created_at: string
          email: string
          headline: string
          name: string
          picture: string
          role: string
          user_id: string
        }[]
      }
      create_course_code:
      {
        Args: {
          code?: string
          course_id: string
          expires_at?: string
          max_uses?: number
        };
        Returns: Json
      }
      decide_enrollment:
      {
        Args: {
          accept: boolean
          enrollment_id: string
        };
        Returns: {
          completed_at: string | null
          completed_version: number | null
          course_id: string
          enrolled_at: string
          has_left: boolean
          id: string
          last_activity_at: string
          lessons_completed: number
          progress: number
          requested_at: string
          status: Generated["public"]['Enums']["enrollment_status"]
          user_id: string
        }
        SetofOptions: {
          from: "*"
          to: "enrollments"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      decline_invitation:
      {
        Args: {
          invitation_id: string
        };
        Returns: {
          accepted_by: string | null
          address: string
          course_id: string | null
          created_at: string
          decided_at: string | null
          email: string
          expires_at: string
          has_seat: boolean
          id: string
          invited_by: string | null
          role: Generated["public"]['Enums']["invited_role"]
          sent_at: string
          status: Generated["public"]['Enums']["invitation_status"]
        }
        SetofOptions: {
          from: "*"
          to: "invitations"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      delete_course:
      {
        Args: {
          course_id: string
        };
        Returns: undefined
      }
      delete_course_code:
      {
        Args: {
          code_id: string
        };
        Returns: undefined
      }
      enroll:
      {
        Args: {
          code?: string
          course_id: string
        };
        Returns: Generated["public"]['CompositeTypes']["enrollment_answer"]
        SetofOptions: {
          from: "*"
          to: "enrollment_answer"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      enroll_roster:
      {
        Args: {
          course_id: string
          learners: Json
        };
        Returns: {
          code: string
          detail: string
          email: string
          enrollment_id: string
          number: number
          status: string
          user_id: string
        }[]
      }
      explain_access:
      {
        Args: {
          lesson_id: string
        };
        Returns: Json
      }
      export_course:
      {
        Args: {
          course_id: string
        };
        Returns: Json
      }
      finish_tutor_turn:
      {
        Args: {
          citations?: Json
          content?: string
          details?: Json
          status: string
          turn_id: string
          usage?: Json
        };
        Returns: Json
      }
      fold_facts:
      {
        Args: Record<PropertyKey, never>;
        Returns: {
          folded: number
          oldest_seconds: number
        }[]
      }
      grade_attempt:
      {
        Args: {
          attempt_id: string
          grades: Json
          reason?: string
        };
        Returns: {
          answered_at: string | null
          answers: NonNullable<Json>
          content_version: number | null
          course_id: string
          deadline: string | null
          hints: NonNullable<Json>
          id: string
          is_overridden: boolean
          is_passed: boolean | null
          is_pending: boolean
          items: NonNullable<Json>
          lesson_id: string
          max_score: number
          number: number
          revisions: NonNullable<Json>
          score: number | null
          started_at: string
          status: Generated["public"]['Enums']["attempt_status"]
          submitted_at: string | null
          time_limit_seconds: number | null
          user_id: string
        }
        SetofOptions: {
          from: "*"
          to: "quiz_attempts"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      grade_history:
      {
        Args: {
          course_id: string
          cursor?: string
          page_size?: number
          user_id?: string
        };
        Returns: Generated["public"]['CompositeTypes']["grade_history_row"][]
        SetofOptions: {
          from: "*"
          to: "grade_history_row"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      grade_lab:
      {
        Args: {
          accept: boolean
          criteria?: Json
          feedback: string
          reason?: string
          score: number
          submission_id: string
        };
        Returns: {
          body: string | null
          claimed_by: string | null
          claimed_until: string | null
          course_id: string
          criteria: Json | null
          feedback: string | null
          file_name: string | null
          file_path: string | null
          graded_at: string | null
          graded_by: string | null
          id: string
          is_late: boolean
          lesson_id: string
          score: number | null
          status: Generated["public"]['Enums']["submission_status"]
          submitted_at: string
          url: string | null
          user_id: string
          version: number
        }
        SetofOptions: {
          from: "*"
          to: "lab_submissions"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      gradebook:
      {
        Args: {
          course_id: string
          cursor?: string
          page_size?: number
        };
        Returns: Generated["public"]['CompositeTypes']["gradebook_row"][]
        SetofOptions: {
          from: "*"
          to: "gradebook_row"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      grant_entitlement:
      {
        Args: {
          course_id: string
          expires_at?: string
          source?: string
          starts_at?: string
          user_id: string
        };
        Returns: {
          course_id: string
          created_at: string
          expires_at: string | null
          id: string
          reference: string
          revoked_at: string | null
          source: string
          starts_at: string
          user_id: string
        }
        SetofOptions: {
          from: "*"
          to: "entitlements"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      grant_order:
      {
        Args: {
          amount: number
          currency: string
          offer_id: string
          paid_at?: string
          period_ends_at?: string
          provider: string
          reference: string
          subscription?: string
          user_id: string
        };
        Returns: {
          amount: number | null
          cancelled_at: string | null
          created_at: string
          currency: string | null
          disputed_at: string | null
          ended_at: string | null
          expires_at: string | null
          grace_days: number | null
          id: string
          is_disputed: boolean
          is_refunded: boolean
          offer_id: string | null
          paid_at: string | null
          period_ends_at: string | null
          provider: string
          reference: string
          refunded_amount: number
          status: string
          subscription: string | null
          title: string | null
          updated_at: string
          user_id: string | null
        }
        SetofOptions: {
          from: "*"
          to: "orders"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      import_course:
      {
        Args: {
          bundle: Json
          import_key?: string
          slug?: string
          starts_on?: string
          title?: string
        };
        Returns: Generated["public"]['CompositeTypes']["course_import"]
        SetofOptions: {
          from: "*"
          to: "course_import"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      import_questions:
      {
        Args: {
          import_key?: string
          lesson_id: string
          questions: Json
        };
        Returns: Generated["public"]['CompositeTypes']["question_import"]
        SetofOptions: {
          from: "*"
          to: "question_import"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      instructor_dashboard:
      {
        Args: {
          cursor?: string
          page_size?: number
        };
        Returns: {
          active: number
          active_learners_7d: number
          completed: number
          completed_7d: number
          completion_rate: number
          course_id: string
          course_slug: string
          cursor: string
          inactive_learners: number
          is_published: boolean
          labs_to_grade: number
          mean_score: number
          pending: number
          role: Generated["public"]['Enums']["course_role"]
          title: string
          waitlisted: number
        }[]
      }
      invite:
      {
        Args: {
          course_id?: string
          email: string
          expires_at?: string
          role?: Generated["public"]['Enums']["invited_role"]
        };
        Returns: {
          accepted_by: string | null
          address: string
          course_id: string | null
          created_at: string
          decided_at: string | null
          email: string
          expires_at: string
          has_seat: boolean
          id: string
          invited_by: string | null
          role: Generated["public"]['Enums']["invited_role"]
          sent_at: string
          status: Generated["public"]['Enums']["invitation_status"]
        }
        SetofOptions: {
          from: "*"
          to: "invitations"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      lab_queue:
      {
        Args: {
          course_id: string
          cursor?: string
          page_size?: number
        };
        Returns: Generated["public"]['CompositeTypes']["lab_queue_row"][]
        SetofOptions: {
          from: "*"
          to: "lab_queue_row"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      learners_to_complete:
      {
        Args: {
          course_id: string
          cursor?: string
          page_size?: number
        };
        Returns: Generated["public"]['CompositeTypes']["ready_learner"][]
        SetofOptions: {
          from: "*"
          to: "ready_learner"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      lesson_access:
      {
        Args: {
          course_id: string
          cursor?: string
          page_size?: number
        };
        Returns: Generated["public"]['CompositeTypes']["lesson_access_row"][]
        SetofOptions: {
          from: "*"
          to: "lesson_access_row"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      lesson_history:
      {
        Args: {
          cursor?: string
          lesson_id: string
          page_size?: number
        };
        Returns: Generated["public"]['CompositeTypes']["lesson_publication"][]
        SetofOptions: {
          from: "*"
          to: "lesson_publication"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      lesson_page:
      {
        Args: {
          course_slug?: string
          lesson_id?: string
          lesson_slug?: string
        };
        Returns: Json
      }
      my_invitations:
      {
        Args: {
          cursor?: string
          page_size?: number
        };
        Returns: {
          course_id: string
          course_slug: string
          course_title: string
          created_at: string
          cursor: string
          expires_at: string
          has_seat: boolean
          id: string
          invited_by: string
          role: Generated["public"]['Enums']["invited_role"]
        }[]
      }
      my_learning:
      {
        Args: {
          cursor?: string
          page_size?: number
        };
        Returns: {
          certificate_code: string
          completed_at: string
          course_id: string
          cover_url: string
          cursor: string
          due_dates: Json
          enrolled_at: string
          last_activity_at: string
          lesson_count: number
          lessons_completed: number
          locale: string
          minutes_this_week: number
          next_lesson: Json
          progress: number
          required_count: number
          slug: string
          status: Generated["public"]['Enums']["enrollment_status"]
          streak_days: number
          title: string
        }[]
      }
      override_grade:
      {
        Args: {
          attempt_id: string
          reason: string
          score: number
        };
        Returns: {
          answered_at: string | null
          answers: NonNullable<Json>
          content_version: number | null
          course_id: string
          deadline: string | null
          hints: NonNullable<Json>
          id: string
          is_overridden: boolean
          is_passed: boolean | null
          is_pending: boolean
          items: NonNullable<Json>
          lesson_id: string
          max_score: number
          number: number
          revisions: NonNullable<Json>
          score: number | null
          started_at: string
          status: Generated["public"]['Enums']["attempt_status"]
          submitted_at: string | null
          time_limit_seconds: number | null
          user_id: string
        }
        SetofOptions: {
          from: "*"
          to: "quiz_attempts"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      passages_to_embed:
      {
        Args: {
          cursor?: string
          model: string
          page_size?: number
        };
        Returns: {
          body: string
          body_hash: string
          cursor: string
          lesson_id: string
          ord: number
          remaining: number
        }[]
      }
      people:
      {
        Args: {
          cursor?: string
          page_size?: number
          query?: string
          role?: Generated["public"]['Enums']["app_role"]
        };
        Returns: {
          created_at: string
          cursor: string
          email: string
          is_suspended: boolean
          name: string
          role: Generated["public"]['Enums']["app_role"]
          suspended_reason: string
          suspended_until: string
          user_id: string
        }[]
      }
      platform_overview:
      {
        Args: {
          since?: string
        };
        Returns: Generated["public"]['CompositeTypes']["platform_figures"]
        SetofOptions: {
          from: "*"
          to: "platform_figures"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      platform_settings:
      {
        Args: Record<PropertyKey, never>;
        Returns: Json
      }
      publish_course:
      {
        Args: {
          course_id: string
        };
        Returns: Json
      }
      publish_lesson:
      {
        Args: {
          draft_updated_at?: string
          lesson_id: string
          note?: string
        };
        Returns: Generated["public"]['CompositeTypes']["lesson_publication"]
        SetofOptions: {
          from: "*"
          to: "lesson_publication"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      question_history:
      {
        Args: {
          cursor?: string
          page_size?: number
          question_id: string
        };
        Returns: Generated["public"]['CompositeTypes']["question_version"][]
        SetofOptions: {
          from: "*"
          to: "question_version"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      question_keys:
      {
        Args: {
          bank_id?: string
          lesson_id?: string
        };
        Returns: {
          explanation_md: string
          feedback: Json
          hints: Json
          key: Json
          question_id: string
        }[]
      }
      question_stats:
      {
        Args: {
          cursor?: string
          lesson_id: string
          page_size?: number
        };
        Returns: Generated["public"]['CompositeTypes']["question_stats_row"][]
        SetofOptions: {
          from: "*"
          to: "question_stats_row"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      quiz_overrides:
      {
        Args: {
          cursor?: string
          lesson_id: string
          page_size?: number
        };
        Returns: {
          cursor: string
          due_at: string
          due_on: string
          extra_attempts: number
          extra_seconds: number
          lesson_id: string
          name: string
          user_id: string
        }[]
      }
      record_progress:
      {
        Args: {
          event_id?: string
          lesson_id: string
          position_seconds?: number
          seconds_spent?: number
          watched?: Json
        };
        Returns: {
          completed_at: string | null
          content_version: number | null
          course_id: string
          furthest_seconds: number
          lesson_id: string
          position_seconds: number
          score: number | null
          seconds_spent: number
          started_at: string
          status: Generated["public"]['Enums']["progress_status"]
          updated_at: string
          user_id: string
          watch_credit: number
          watched: unknown
          watched_seconds: number
        }
        SetofOptions: {
          from: "*"
          to: "lesson_progress"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      refund_order:
      {
        Args: {
          amount?: number
          occurred_at?: string
          provider: string
          reason?: string
          reference: string
        };
        Returns: {
          amount: number | null
          cancelled_at: string | null
          created_at: string
          currency: string | null
          disputed_at: string | null
          ended_at: string | null
          expires_at: string | null
          grace_days: number | null
          id: string
          is_disputed: boolean
          is_refunded: boolean
          offer_id: string | null
          paid_at: string | null
          period_ends_at: string | null
          provider: string
          reference: string
          refunded_amount: number
          status: string
          subscription: string | null
          title: string | null
          updated_at: string
          user_id: string | null
        }
        SetofOptions: {
          from: "*"
          to: "orders"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      register_tutor_model:
      {
        Args: {
          max_output_tokens: number
          model: string
          provider: string
        };
        Returns: Json
      }
      regrade_quiz:
      {
        Args: {
          lesson_id: string
          reason?: string
        };
        Returns: Json
      }
      reissue_certificate:
      {
        Args: {
          certificate_id: string
          reason: string
        };
        Returns: {
          code: string
          completed_at: string
          content_versions: NonNullable<Json>
          course_id: string
          hours: number
          id: string
          issued_at: string
          locale: string
          name: string
          replaced_by: string | null
          revoke_reason: string | null
          revoked_at: string | null
          status_index: number
          teachers: (string)[]
          time_zone: string
          title: string
          user_id: string
          version: number
        }
        SetofOptions: {
          from: "*"
          to: "certificates"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      reorder_lessons:
      {
        Args: {
          lesson_ids: (string)[]
          module_id: string
        };
        Returns: {
          archived_at: string | null
          completion_rule: Generated["public"]['Enums']["completion_rule"]
          completion_threshold: number
          content_type: Generated["public"]['Enums']["content_type"]
          course_id: string
          created_at: string
          duration_minutes: number
          id: string
          is_listed: boolean
          is_preview: boolean
          is_published: boolean
          is_required: boolean
          is_restored_published: boolean
          module_id: string
          ord: number
          release_after: string | null
          release_at: string | null
          slug: string
          title: string
          updated_at: string
          weight: number
        }[]
        SetofOptions: {
          from: "*"
          to: "lessons"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      reorder_modules:
      {
        Args: {
          course_id: string
          module_ids: (string)[]
        };
        Returns: {
          archived_at: string | null
          course_id: string
          created_at: string
          id: string
          is_listed: boolean
          ord: number
          summary: string
          title: string
          updated_at: string
        }[]
        SetofOptions: {
          from: "*"
          to: "modules"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      reorder_questions:
      {
        Args: {
          lesson_id: string
          question_ids: (string)[]
        };
        Returns: {
          archived_at: string | null
          bank_id: string | null
          course_id: string
          created_at: string
          id: string
          kind: Generated["public"]['Enums']["question_kind"]
          lesson_id: string | null
          options: NonNullable<Json>
          ord: number
          points: number
          prompt_md: string
          revision: number
          tags: (string)[]
          updated_at: string
          updated_by: string | null
        }[]
        SetofOptions: {
          from: "*"
          to: "questions"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      restore_course_archive:
      {
        Args: {
          course_id: string
        };
        Returns: {
          archived_at: string | null
          capacity: number | null
          closes_at: string | null
          cover_url: string | null
          created_at: string
          created_by: string | null
          description: string
          enrollment_mode: Generated["public"]['Enums']["enrollment_mode"]
          id: string
          is_published: boolean
          is_sequential: boolean
          lesson_count: number
          level: string | null
          locale: string
          opens_at: string | null
          required_count: number
          slug: string
          tags: (string)[]
          time_zone: string
          title: string
          updated_at: string
          version: number
        }
        SetofOptions: {
          from: "*"
          to: "courses"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      restore_lesson:
      {
        Args: {
          draft_updated_at?: string
          lesson_id: string
          version: number
        };
        Returns: {
          body_md: string
          course_id: string
          has_changes: boolean
          lesson_id: string
          md_url: string | null
          transcript: string | null
          updated_at: string
          updated_by: string | null
          video_url: string | null
        }
        SetofOptions: {
          from: "*"
          to: "lesson_drafts"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      restore_lesson_archive:
      {
        Args: {
          lesson_id: string
        };
        Returns: {
          archived_at: string | null
          completion_rule: Generated["public"]['Enums']["completion_rule"]
          completion_threshold: number
          content_type: Generated["public"]['Enums']["content_type"]
          course_id: string
          created_at: string
          duration_minutes: number
          id: string
          is_listed: boolean
          is_preview: boolean
          is_published: boolean
          is_required: boolean
          is_restored_published: boolean
          module_id: string
          ord: number
          release_after: string | null
          release_at: string | null
          slug: string
          title: string
          updated_at: string
          weight: number
        }
        SetofOptions: {
          from: "*"
          to: "lessons"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      restore_module_archive:
      {
        Args: {
          module_id: string
        };
        Returns: {
          archived_at: string | null
          course_id: string
          created_at: string
          id: string
          is_listed: boolean
          ord: number
          summary: string
          title: string
          updated_at: string
        }
        SetofOptions: {
          from: "*"
          to: "modules"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      restore_question_archive:
      {
        Args: {
          question_id: string
        };
        Returns: {
          archived_at: string | null
          bank_id: string | null
          course_id: string
          created_at: string
          id: string
          kind: Generated["public"]['Enums']["question_kind"]
          lesson_id: string | null
          options: NonNullable<Json>
          ord: number
          points: number
          prompt_md: string
          revision: number
          tags: (string)[]
          updated_at: string
          updated_by: string | null
        }
        SetofOptions: {
          from: "*"
          to: "questions"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      restore_user:
      {
        Args: {
          user_id: string
        };
        Returns: Json
      }
      review_attempt:
      {
        Args: {
          attempt_id: string
        };
        Returns: Json
      }
      revoke_certificate:
      {
        Args: {
          certificate_id: string
          reason: string
        };
        Returns: {
          code: string
          completed_at: string
          content_versions: NonNullable<Json>
          course_id: string
          hours: number
          id: string
          issued_at: string
          locale: string
          name: string
          replaced_by: string | null
          revoke_reason: string | null
          revoked_at: string | null
          status_index: number
          teachers: (string)[]
          time_zone: string
          title: string
          user_id: string
          version: number
        }
        SetofOptions: {
          from: "*"
          to: "certificates"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      revoke_entitlement:
      {
        Args: {
          entitlement_id: string
        };
        Returns: {
          course_id: string
          created_at: string
          expires_at: string | null
          id: string
          reference: string
          revoked_at: string | null
          source: string
          starts_at: string
          user_id: string
        }
        SetofOptions: {
          from: "*"
          to: "entitlements"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      revoke_invitation:
      {
        Args: {
          invitation_id: string
        };
        Returns: {
          accepted_by: string | null
          address: string
          course_id: string | null
          created_at: string
          decided_at: string | null
          email: string
          expires_at: string
          has_seat: boolean
          id: string
          invited_by: string | null
          role: Generated["public"]['Enums']["invited_role"]
          sent_at: string
          status: Generated["public"]['Enums']["invitation_status"]
        }
        SetofOptions: {
          from: "*"
          to: "invitations"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      revoked_certificates:
      {
        Args: {
          list: number
        };
        Returns: (number)[]
      }
      rubric:
      {
        Args: {
          lesson_id: string
        };
        Returns: Generated["public"]['CompositeTypes']["rubric_criterion"][]
        SetofOptions: {
          from: "*"
          to: "rubric_criterion"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      run_maintenance:
      {
        Args: Record<PropertyKey, never>;
        Returns: Json
      }
      save_answer:
      {
        Args: {
          answer: Json
          attempt_id: string
          question_id: string
          revision?: number
        };
        Returns: Generated["public"]['CompositeTypes']["timed_attempt"]
        SetofOptions: {
          from: "*"
          to: "timed_attempt"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      save_budget:
      {
        Args: {
          kind: string
          max_bytes: number
          max_rows: number
        };
        Returns: Generated["public"]['CompositeTypes']["budget"]
        SetofOptions: {
          from: "*"
          to: "budget"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      save_embeddings:
      {
        Args: {
          model: string
          passages: Json
        };
        Returns: number
      }
      save_model_price:
      {
        Args: {
          cache_write_micros?: number
          cached_input_micros?: number
          effective_from?: string
          input_micros: number
          model: string
          output_micros: number
          provider: string
        };
        Returns: Json
      }
      save_offer:
      {
        Args: {
          access_days?: number
          billing_period?: string
          course_ids: (string)[]
          currency: string
          grace_days?: number
          is_active?: boolean
          offer_id?: string
          price: number
          title: string
        };
        Returns: {
          access_days: number | null
          billing_period: string | null
          created_at: string
          currency: string
          grace_days: number
          id: string
          is_active: boolean
          price: number
          title: string
          updated_at: string
        }
        SetofOptions: {
          from: "*"
          to: "offers"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      save_platform_settings:
      {
        Args: {
          is_roster_direct?: boolean
        };
        Returns: Json
      }
      save_question:
      {
        Args: {
          bank_id?: string
          explanation_md?: string
          feedback?: Json
          hints?: Json
          key: Json
          kind: Generated["public"]['Enums']["question_kind"]
          lesson_id: string
          options: Json
          ord?: number
          points: number
          prompt_md: string
          question_id?: string
          revision?: number
          tags?: (string)[]
        };
        Returns: {
          archived_at: string | null
          bank_id: string | null
          course_id: string
          created_at: string
          id: string
          kind: Generated["public"]['Enums']["question_kind"]
          lesson_id: string | null
          options: NonNullable<Json>
          ord: number
          points: number
          prompt_md: string
          revision: number
          tags: (string)[]
          updated_at: string
          updated_by: string | null
        }
        SetofOptions: {
          from: "*"
          to: "questions"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      save_quiz_override:
      {
        Args: {
          due_at?: string
          due_on?: string
          extra_attempts?: number
          extra_seconds?: number
          lesson_id: string
          user_id: string
        };
        Returns: Json
      }
      save_rubric:
      {
        Args: {
          criteria: Json
          lesson_id: string
        };
        Returns: Generated["public"]['CompositeTypes']["rubric_criterion"][]
        SetofOptions: {
          from: "*"
          to: "rubric_criterion"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      save_tutor_answers:
      {
        Args: {
          answers: Json
        };
        Returns: (string)[]
      }
      save_tutor_guidance:
      {
        Args: {
          lesson_id: string
          misconceptions?: (string)[]
          notes: string
          question_id?: string
        };
        Returns: Json
      }
      save_tutor_settings:
      {
        Args: {
          course_id: string
          is_enabled: boolean
          max_support_level?: string
        };
        Returns: Json
      }
      search:
      {
        Args: {
          course_id?: string
          cursor?: string
          kind?: string
          locale?: string
          page_size?: number
          query: string
        };
        Returns: {
          content_type: Generated["public"]['Enums']["content_type"]
          course_id: string
          course_slug: string
          course_title: string
          cursor: string
          did_you_mean: string
          kind: string
          lesson_id: string
          lesson_slug: string
          locale: string
          module_id: string
          score: number
          snippet: string
          teachers: (string)[]
          title: string
        }[]
      }
      search_facets:
      {
        Args: {
          course_id?: string
          kind?: string
          locale?: string
          query: string
        };
        Returns: {
          count: number
          course_slug: string
          course_title: string
          facet: string
          value: string
        }[]
      }
      search_passages:
      {
        Args: {
          course_id: string
          k?: number
          query: string
          query_embedding?: (number)[]
        };
        Returns: {
          anchor: string
          body: string
          course_slug: string
          heading_path: (string)[]
          lesson_id: string
          lesson_slug: string
          lesson_title: string
          ord: number
          score: number
          source: string
          support_percent: number
        }[]
      }
      seen_versions:
      {
        Args: {
          course_id: string
          cursor?: string
          page_size?: number
          user_id: string
        };
        Returns: Generated["public"]['CompositeTypes']["seen_version"][]
        SetofOptions: {
          from: "*"
          to: "seen_version"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      set_tutor_limit:
      {
        Args: {
          course_id?: string
          max_amount: number
          meter: string
          period: string
          scope: string
          user_id?: string
        };
        Returns: Json
      }
      set_user_role:
      {
        Args: {
          role: Generated["public"]['Enums']["app_role"]
          user_id: string
        };
        Returns: Generated["public"]['CompositeTypes']["role_change"]
        SetofOptions: {
          from: "*"
          to: "role_change"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      start_attempt:
      {
        Args: {
          lesson_id: string
        };
        Returns: Generated["public"]['CompositeTypes']["timed_attempt"]
        SetofOptions: {
          from: "*"
          to: "timed_attempt"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      stop_tutor_turn:
      {
        Args: {
          conversation_id: string
        };
        Returns: boolean
      }
      submit_attempt:
      {
        Args: {
          attempt_id: string
        };
        Returns: Generated["public"]['CompositeTypes']["timed_attempt"]
        SetofOptions: {
          from: "*"
          to: "timed_attempt"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      submit_lab:
      {
        Args: {
          body?: string
          file_name?: string
          file_path?: string
          lesson_id: string
          url?: string
        };
        Returns: {
          body: string | null
          claimed_by: string | null
          claimed_until: string | null
          course_id: string
          criteria: Json | null
          feedback: string | null
          file_name: string | null
          file_path: string | null
          graded_at: string | null
          graded_by: string | null
          id: string
          is_late: boolean
          lesson_id: string
          score: number | null
          status: Generated["public"]['Enums']["submission_status"]
          submitted_at: string
          url: string | null
          user_id: string
          version: number
        }
        SetofOptions: {
          from: "*"
          to: "lab_submissions"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      suggest:
      {
        Args: {
          page_size?: number
          prefix: string
        };
        Returns: {
          course_id: string
          course_slug: string
          kind: string
          lesson_id: string
          lesson_slug: string
          title: string
        }[]
      }
      suspend_user:
      {
        Args: {
          reason: string
          until?: string
          user_id: string
        };
        Returns: Json
      }
      sweep_tutor_turns:
      {
        Args: Record<PropertyKey, never>;
        Returns: number
      }
      take_hint:
      {
        Args: {
          attempt_id: string
          number: number
          question_id: string
        };
        Returns: Generated["public"]['CompositeTypes']["timed_attempt"]
        SetofOptions: {
          from: "*"
          to: "timed_attempt"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      tutor_guard_material:
      {
        Args: {
          turn_id: string
        };
        Returns: Json
      }
      tutor_guidance:
      {
        Args: {
          lesson_id: string
        };
        Returns: {
          course_id: string
          lesson_id: string
          misconceptions: (string)[]
          notes: string
          question_id: string
          updated_at: string
        }[]
      }
      tutor_history:
      {
        Args: {
          conversation_id: string
          cursor?: string
          page_size?: number
        };
        Returns: {
          created_at: string
          cursor: string
          id: string
          metadata: Json
          parts: Json
          role: string
        }[]
      }
      tutor_quota:
      {
        Args: {
          course_id?: string
        };
        Returns: Json
      }
      tutor_usage:
      {
        Args: {
          course_id?: string
          cursor?: string
          page_size?: number
          since?: string
        };
        Returns: {
          abstained: number
          completed: number
          cost_micros: number
          course_id: string
          course_slug: string
          cursor: string
          day: string
          failed: number
          guard_hits: number
          input_tokens: number
          invalid_citations: number
          output_tokens: number
          turns: number
        }[]
      }
      unpublish_course:
      {
        Args: {
          course_id: string
        };
        Returns: Json
      }
      unused_objects:
      {
        Args: {
          page_size?: number
        };
        Returns: Generated["public"]['CompositeTypes']["unused_object"][]
        SetofOptions: {
          from: "*"
          to: "unused_object"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      verify_certificate:
      {
        Args: {
          code: string
        };
        Returns: Json
      }
      withdraw:
      {
        Args: {
          course_id: string
        };
        Returns: {
          completed_at: string | null
          completed_version: number | null
          course_id: string
          enrolled_at: string
          has_left: boolean
          id: string
          last_activity_at: string
          lessons_completed: number
          progress: number
          requested_at: string
          status: Generated["public"]['Enums']["enrollment_status"]
          user_id: string
        }
        SetofOptions: {
          from: "*"
          to: "enrollments"
          isOneToOne: true
          isSetofReturn: false
        }
      }
    }
    Enums: {
      app_role: "learner"|"instructor"|"admin"
      attempt_status: "open"|"submitted"|"expired"
      completion_rule: "view"|"watch"|"pass"|"accept"|"manual"
      content_type: "video"|"text"|"quiz"|"lab"
      course_role: "owner"|"instructor"|"assistant"
      enrollment_mode: "open"|"code"|"approval"|"closed"
      enrollment_status: "pending"|"waitlisted"|"active"|"completed"|"withdrawn"
      invitation_status: "pending"|"accepted"|"declined"|"revoked"
      invited_role: "learner"|"assistant"|"instructor"|"owner"|"admin"
      progress_status: "started"|"completed"
      question_kind: "single"|"multiple"|"true_false"|"numeric"|"short_text"|"ordering"|"matching"|"cloze"|"essay"|"file"
      quiz_reveal: "never"|"after_submit"|"after_pass"|"after_close"
      quiz_scoring: "highest"|"last"|"first"|"average"
      submission_status: "submitted"|"superseded"|"returned"|"accepted"
    }
    CompositeTypes: {
      budget: {
        kind: string | null
        max_rows: number | null
        max_bytes: number | null
      }
      course_completion: {
        course_id: string | null
        course_slug: string | null
        completed_at: string | null
        is_course_complete: boolean | null
        certificate_code: string | null
      }
      course_figures: {
        course_id: string | null
        course_slug: string | null
        title: string | null
        since: string | null
        pending: number | null
        waitlisted: number | null
        active: number | null
        completed: number | null
        withdrawn: number | null
        active_learners: number | null
        enrolled_since: number | null
        completed_since: number | null
        completion_rate: number | null
        mean_progress: number | null
        median_days_to_complete: number | null
        seconds_spent: number | null
        mean_score: number | null
        score_distribution: Json | null
        days: Json | null
      }
      course_import: {
        course_id: string | null
        course_slug: string | null
        is_new: boolean | null
        files: Json | null
      }
      course_problem: {
        code: string | null
        subject_id: string | null
        course_slug: string | null
        lesson_slug: string | null
        message: string | null
        cursor: string | null
      }
      enrollment_answer: {
        id: string | null
        user_id: string | null
        course_id: string | null
        status: Generated["public"]['Enums']["enrollment_status"] | null
        requested_at: string | null
        enrolled_at: string | null
        has_left: boolean | null
        completed_at: string | null
        completed_version: number | null
        last_activity_at: string | null
        lessons_completed: number | null
        progress: number | null
        code: string | null
        message: string | null
        details: string | null
        hint: string | null
      }
      grade_history_row: {
        id: number | null
        occurred_at: string | null
        user_id: string | null
        lesson_id: string | null
        course_slug: string | null
        lesson_slug: string | null
        lesson_title: string | null
        work_id: string | null
        action: string | null
        old_score: number | null
        new_score: number | null
        reason: string | null
        actor_id: string | null
        cursor: string | null
      }
      gradebook_row: {
        user_id: string | null
        name: string | null
        email: string | null
        lesson_id: string | null
        course_slug: string | null
        lesson_slug: string | null
        lesson_title: string | null
        content_type: Generated["public"]['Enums']["content_type"] | null
        weight: number | null
        score: number | null
        status: Generated["public"]['Enums']["progress_status"] | null
        attempt_count: number | null
        is_late: boolean | null
        is_overridden: boolean | null
        is_archived: boolean | null
        course_score: number | null
        cursor: string | null
      }
      lab_queue_row: {
        submission_id: string | null
        attempt_id: string | null
        lesson_id: string | null
        course_slug: string | null
        lesson_slug: string | null
        lesson_title: string | null
        user_id: string | null
        name: string | null
        version: number | null
        is_late: boolean | null
        submitted_at: string | null
        claimed_by: string | null
        claimed_until: string | null
        cursor: string | null
      }
      lesson_access_row: {
        lesson_id: string | null
        course_slug: string | null
        lesson_slug: string | null
        status: string | null
        is_open: boolean | null
        reason: string | null
        opens_at: string | null
        requires: (string)[] | null
        cursor: string | null
      }
      lesson_completion: {
        user_id: string | null
        lesson_id: string | null
        course_id: string | null
        status: Generated["public"]['Enums']["progress_status"] | null
        position_seconds: number | null
        furthest_seconds: number | null
        watched: unknown
        watched_seconds: number | null
        watch_credit: number | null
        seconds_spent: number | null
        score: number | null
        content_version: number | null
        started_at: string | null
        completed_at: string | null
        updated_at: string | null
        is_course_complete: boolean | null
        certificate_code: string | null
      }
      lesson_publication: {
        lesson_id: string | null
        course_slug: string | null
        lesson_slug: string | null
        version: number | null
        title: string | null
        note: string | null
        published_by: string | null
        published_by_name: string | null
        published_at: string | null
        is_current: boolean | null
        cursor: string | null
      }
      platform_figures: {
        since: string | null
        learners: number | null
        instructors: number | null
        admins: number | null
        courses: number | null
        courses_published: number | null
        lessons_published: number | null
        enrollments_active: number | null
        enrollments_completed: number | null
        certificates: number | null
        active_learners: number | null
        enrolled_since: number | null
        completed_since: number | null
        seconds_spent: number | null
        days: Json | null
        top_courses: Json | null
      }
      question_import: {
        is_new: boolean | null
        question_ids: (string)[] | null
      }
      question_stats_row: {
        question_id: string | null
        ord: number | null
        kind: Generated["public"]['Enums']["question_kind"] | null
        prompt_md: string | null
        answer_count: number | null
        difficulty: number | null
        discrimination: number | null
        choices: Json | null
        cursor: string | null
      }
      question_version: {
        revision: number | null
        prompt_md: string | null
        points: number | null
        options: Json | null
        key: Json | null
        explanation_md: string | null
        feedback: Json | null
        hints: Json | null
        saved_at: string | null
        saved_by: string | null
        saved_by_name: string | null
        cursor: string | null
      }
      ready_learner: {
        user_id: string | null
        name: string | null
        email: string | null
        lessons_completed: number | null
        enrolled_at: string | null
        last_activity_at: string | null
        cursor: string | null
      }
      role_change: {
        id: string | null
        email: string | null
        name: string | null
        avatar_url: string | null
        locale: string | null
        time_zone: string | null
        role: Generated["public"]['Enums']["app_role"] | null
        created_at: string | null
        updated_at: string | null
        ownerless_courses: Json | null
      }
      rubric_criterion: {
        id: string | null
        title: string | null
        points: number | null
      }
      seen_version: {
        kind: string | null
        subject_id: string | null
        lesson_id: string | null
        course_slug: string | null
        lesson_slug: string | null
        title: string | null
        seen_at: string | null
        version: number | null
        published_at: string | null
        cursor: string | null
      }
      timed_attempt: {
        id: string | null
        lesson_id: string | null
        course_id: string | null
        user_id: string | null
        number: number | null
        status: Generated["public"]['Enums']["attempt_status"] | null
        started_at: string | null
        time_limit_seconds: number | null
        deadline: string | null
        answered_at: string | null
        revisions: Json | null
        submitted_at: string | null
        score: number | null
        max_score: number | null
        is_passed: boolean | null
        is_overridden: boolean | null
        content_version: number | null
        is_pending: boolean | null
        hints: Json | null
        items: Json | null
        answers: Json | null
        now: string | null
        seconds_left: number | null
      }
      unused_object: {
        bucket: string | null
        path: string | null
      }
    }
  }
}

/** The end of an answer that was stopped. */
export type AbortPart = {
  type: "abort";
  reason: string;
};

/** The course holds no answer. */
export type Abstain = {
  reason: "no_support";
  searched: number;
  suggestions: NearLesson[];
};

/** The course holds no answer. */
export type AbstainPart = {
  type: "data-abstain";
  data: Abstain;
};

/** One of several values that a numeric key accepts. */
export type AcceptedNumber = {
  value: number;
  /** In the unit of the value; 0 if left out. */
  tolerance?: number;
  /** The tolerance is a share of the value: 0.01 is 1 %. */
  relative?: boolean;
};

/** Details of account_suspended. */
export type AccountSuspended = {
  /** Null without an end. */
  until: Timestamp | null;
  /** Null where Auth bans the account. */
  reason: string | null;
};

/** A day of a course, or of the platform. */
export type ActivityRow = {
  day: Day;
  enrolled: Count | null;
  active_learners: Count | null;
  lessons_completed: Count | null;
  /** Learners who completed the course. */
  completed: Count | null;
  seconds_spent: Seconds | null;
};

/** single: an option id; multiple, ordering: ids; matching: left id to right id; true_false: a boolean; numeric: a number, or a text of it such as 9,81; short_text: a text; cloze: gap to the answer of its kind; essay: a text; file: the path of an own object in bucket submissions. */
export type Answer = boolean | number | string | string[] | Record<string, string | number>;

/** Why an answer broke off. */
export type AnswerProblem = {
  code: string;
  /** A sentence to show. */
  detail: string;
};

/** An item with the answer given; null: none. */
export type AnsweredCloze = {
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "cloze";
  options: ClozeOptions;
  answer: Record<string, string | number> | null;
};

/** An item with the answer given; null: none. */
export type AnsweredEssay = {
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  /** What staff wrote when they graded it. */
  comment_md: string | null;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "essay";
  options: NoOptions;
  answer: string | null;
};

/** An item with the path of the file given; null: none. */
export type AnsweredFile = {
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  /** What staff wrote when they graded it. */
  comment_md: string | null;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "file";
  options: NoOptions;
  answer: string | null;
};

export type AnsweredItem = AnsweredSingle | AnsweredMultiple | AnsweredTrueFalse | AnsweredNumeric | AnsweredShortText | AnsweredOrdering | AnsweredMatching | AnsweredCloze | AnsweredEssay | AnsweredFile;

/** An item with the answer given; null: none. */
export type AnsweredMatching = {
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "matching";
  options: MatchingOptions;
  answer: Record<string, string> | null;
};

/** An item with the answer given; null: none. */
export type AnsweredMultiple = {
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "multiple";
  options: Option[];
  answer: string[] | null;
};

/** An item with the answer given, a number or its words such as 9,81 m; null: none. */
export type AnsweredNumeric = {
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "numeric";
  options: NoOptions;
  answer: number | string | null;
};

/** An item with the answer given; null: none. */
export type AnsweredOrdering = {
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "ordering";
  options: Option[];
  answer: string[] | null;
};

/** An item with the answer given; null: none. */
export type AnsweredShortText = {
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "short_text";
  options: NoOptions;
  answer: string | null;
};

/** An item with the answer given; null: none. */
export type AnsweredSingle = {
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "single";
  options: Option[];
  answer: string | null;
};

/** An item with the answer given; null: none. */
export type AnsweredTrueFalse = {
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "true_false";
  options: NoOptions;
  answer: boolean | null;
};

export type AppRole = "learner" | "instructor" | "admin";

/** Detail of attempt_closed. */
export type AttemptClosed = {
  attempt_id: string;
  status: "submitted" | "expired";
  /** Null where staff grade an answer. */
  score: Points | null;
  max_score: Points;
  is_passed: boolean | null;
};

/** Detail of attempt_graded: by staff, the last of its essays and files, or another grade. */
export type AttemptGraded = {
  attempt_id: string;
  score: Points;
  max_score: Points;
  is_passed: boolean;
};

/** Detail of attempt_started. */
export type AttemptStarted = {
  attempt_id: string;
  number: number;
};

export type AttemptStatus = "open" | "submitted" | "expired";

/** Rows and bytes that one account may add in a day, of one kind. */
export type Budget = {
  kind: BudgetKind;
  max_rows: Count;
  max_bytes: Count;
};

/** Details of budget_exceeded: the budget of rows or bytes that is used up. */
export type BudgetExceeded = {
  kind: BudgetKind;
  limit: Count;
  reset_at: Timestamp;
  retry_after: Seconds;
};

export type BudgetKind = "reports" | "enrollments" | "invitations" | "attempts" | "answers" | "submissions" | "questions" | "content" | "acts" | "files" | "media";

/** A course with all that its authors made, and nobody's data. */
export type Bundle = {
  format: "lyceum.course";
  version: 1;
  course: BundleCourse;
};

/** An address that begins with http:// or https://. */
export type BundleAddress = string;

/** Questions from which quizzes of the course draw. Its title is unique and names it. */
export type BundleBank = {
  title: BundleTitle;
  questions?: BundleBankQuestion[];
};

/** A question with its key, in the form of `save_question`; see docs/authoring.md. */
export type BundleBankQuestion = {
  kind: "single" | "multiple" | "true_false" | "numeric" | "short_text" | "ordering" | "matching" | "cloze" | "essay" | "file";
  prompt_md: string;
  points?: number;
  options?: QuestionOptions;
  key: QuestionKey;
  explanation_md?: BundleShortText | null;
  /** Option id to a comment on it. */
  feedback?: Record<string, BundleShortText>;
  /** In the order of asking. */
  hints?: BundleHint[];
  /** By which quizzes draw it from a bank. */
  tags?: string[];
};

/** The text of a lesson as its authors wrote it, with parts that learners do not read. */
export type BundleContent = {
  body_md?: BundleLongText;
  /** Address or storage path of Markdown that is stored elsewhere. */
  md_url?: BundleAddress | null;
  /** Address or storage path. */
  video_url?: BundleAddress | null;
  /** Text or WebVTT of the video. */
  transcript?: BundleLongText | null;
};

/** The page of the course in the catalogue and its rules of enrollment. */
export type BundleCourse = {
  slug: BundleSlug;
  title: BundleTitle;
  /** BCP 47 tag of the language. */
  locale?: string;
  /** A name of the IANA database. */
  time_zone?: string;
  description?: BundleShortText;
  cover_url?: BundleAddress | null;
  level?: string | null;
  tags?: string[];
  enrollment_mode?: EnrollmentMode;
  /** Seats; null: no limit. */
  capacity?: BundleQuota | null;
  opens_at?: Timestamp | null;
  closes_at?: Timestamp | null;
  is_sequential?: boolean;
  prerequisites?: BundleCoursePrerequisite[];
  /** Null: the defaults. */
  tutor?: BundleTutor | null;
  banks?: BundleBank[];
  modules?: BundleModule[];
};

/** A course to complete before enrolling, by its slug. */
export type BundleCoursePrerequisite = {
  course: BundleSlug;
  /** Null: completion is enough. */
  min_score?: BundleScore | null;
};

/** Questions that each attempt draws from a bank, added to those of the quiz. */
export type BundleDraw = {
  bank: BundleTitle;
  /** Only questions with it; empty: of all. */
  tag?: string;
  /** Null: all. */
  question_count?: number | null;
};

/** A file of a lesson, by reference: the bytes are not in the bundle. */
export type BundleFile = {
  title: BundleTitle;
  /** Where the bytes are: in an archive a path in it, in an export the object in the bucket lesson-files. Unique in the bundle. */
  path: string;
  media_type?: string | null;
  /** Bytes. */
  size?: number | null;
};

/** Notes of the authors to the tutor; learners never read them. */
export type BundleGuidance = {
  notes?: string;
  /** Mistakes that learners make here. */
  misconceptions?: string[];
};

/** A hint of a question that a learner may ask for. */
export type BundleHint = {
  text_md: string;
  /** What it costs, in per cent of the points. */
  cost_percent?: BundleScore;
};

/** The rules of a lab and its rubric. */
export type BundleLab = {
  /** Ignored with a due_on. */
  due_at?: Timestamp | null;
  /** Due at the end of this day. */
  due_on?: string | null;
  /** Empty: no rubric. */
  rubric?: Criterion[];
};

/** A lesson. Its slug is unique in the bundle and names it for prerequisites. */
export type BundleLesson = {
  slug: BundleSlug;
  title: BundleTitle;
  content_type?: ContentType;
  duration_minutes?: number;
  is_published?: boolean;
  is_preview?: boolean;
  is_required?: boolean;
  /** Opens at this time. */
  release_at?: Timestamp | null;
  /** Opens so long after enrollment: a duration of ISO 8601 such as P7D, at most 10 years. */
  release_after?: string | null;
  /** Null: view for text, watch for video, pass for quiz, accept for lab. */
  completion_rule?: CompletionRule | null;
  /** Per cent. */
  completion_threshold?: number;
  weight?: number;
  /** What learners read. */
  content?: BundleContent | null;
  /** What the next publication makes of it; null: nothing new. */
  draft?: BundleContent | null;
  prerequisites?: BundleLessonPrerequisite[];
  files?: BundleFile[];
  guidance?: BundleGuidance | null;
  /** Only of a lesson of type quiz. */
  quiz?: BundleQuiz | null;
  /** Only of a lesson of type lab. */
  lab?: BundleLab | null;
};

/** A lesson of the same course to complete before. */
export type BundleLessonPrerequisite = {
  lesson: BundleSlug;
  /** Null: completion is enough. */
  min_score?: BundleScore | null;
};

/** Markdown of a lesson. */
export type BundleLongText = string;

/** A part of a course. */
export type BundleModule = {
  title: BundleTitle;
  summary?: string;
  lessons?: BundleLesson[];
};

/** A question of a quiz with its key. */
export type BundleQuestion = {
  kind: "single" | "multiple" | "true_false" | "numeric" | "short_text" | "ordering" | "matching" | "cloze" | "essay" | "file";
  prompt_md: string;
  points?: number;
  options?: QuestionOptions;
  key: QuestionKey;
  explanation_md?: BundleShortText | null;
  /** Option id to a comment on it. */
  feedback?: Record<string, BundleShortText>;
  /** In the order of asking. */
  hints?: BundleHint[];
  /** By which quizzes draw it from a bank. */
  tags?: string[];
  guidance?: BundleGuidance | null;
};

/** The rules of a quiz and its questions in order. */
export type BundleQuiz = {
  /** Per cent. */
  pass_mark?: number;
  /** Null: no limit. */
  max_attempts?: BundleQuota | null;
  /** Null: no limit. */
  time_limit_seconds?: number | null;
  is_shuffled?: boolean;
  /** Questions drawn for each attempt; null: all. */
  draw_count?: BundleQuota | null;
  scoring?: "highest" | "last" | "first" | "average";
  reveal?: "never" | "after_submit" | "after_pass" | "after_close";
  /** Ignored with a due_on. */
  due_at?: Timestamp | null;
  /** Due at the end of this day. */
  due_on?: string | null;
  /** Each pair of bank and tag once. */
  draws?: BundleDraw[];
  questions?: BundleQuestion[];
};

/** A number from 1. */
export type BundleQuota = number;

/** Per cent, 0 to 100. */
export type BundleScore = number;

/** Markdown. */
export type BundleShortText = string;

/** A name for an address: lower-case letters, digits, single hyphens. */
export type BundleSlug = string;

/** A title that is not blank. */
export type BundleTitle = string;

/** The settings of the tutor of the course. */
export type BundleTutor = {
  is_enabled?: boolean;
  max_support_level?: "low" | "medium" | "high";
};

/** What a certificate says to anyone who has its code. */
export type Certificate = {
  code: string;
  /** False once it is revoked. */
  valid: boolean;
  name: string;
  title: string;
  /** Names of the teachers at the issue, owners first. */
  teachers: string[];
  locale: string;
  version: number;
  /** Hours. */
  hours: number;
  completed_at: Timestamp;
  /** The date in the time zone of the course. */
  completed_on: string;
  issued_at: Timestamp;
  /** The date in the time zone of the course. */
  issued_on: string;
  revoked_at: Timestamp | null;
  /** The date in the time zone of the course. */
  revoked_on: string | null;
  /** The code of the one that was issued instead. */
  replaced_by: string | null;
  course_id: string;
  /** Place in the status lists. */
  status_index: number;
  identity_salt: string;
  /** sha256$ and the hash of the address and the salt; null without an address. */
  identity_hash: string | null;
};

/** Detail of certificate_issued. */
export type CertificateIssued = {
  certificate_id: string;
};

/** A gap of a cloze that takes one of its options. */
export type ChoiceGap = {
  id: GapId;
  kind: "choice";
  options: Option[];
};

/** The source of a citation. */
export type CitedSource = {
  type: "source";
  sourceType: "document";
  id: string;
  mediaType: "text/markdown";
  title: string;
};

/** A text with gaps. */
export type ClozeItem = {
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "cloze";
  options: ClozeOptions;
};

/** Key of kind cloze. */
export type ClozeKey = {
  /** Each gap to its key: of a choice that of single, of a number that of numeric, of a text that of short_text. */
  gaps: Record<string, SingleKey | NumericKey | NumericValuesKey | ShortTextKey>;
};

/** The gaps of a cloze. */
export type ClozeOptions = {
  gaps: (OpenGap | ChoiceGap)[];
};

/** The outcome for one learner in complete_learners. */
export type CompletedLearner = {
  user_id: string;
  status: "completed" | "already" | "incomplete" | "not_enrolled";
  /** Null without a valid certificate. */
  certificate_code: string | null;
};

export type CompletionRule = "view" | "watch" | "pass" | "accept" | "manual";

export type ContentType = "video" | "text" | "quiz" | "lab";

/** A count, from 0. */
export type Count = number;

/** Details of course_closed. */
export type CourseClosed = {
  enrollment_mode: EnrollmentMode;
  opens_at: Timestamp | null;
  closes_at: Timestamp | null;
};

/** An access code of a course. */
export type CourseCode = {
  id: string;
  course_id: string;
  code: string;
  /** Null without a limit. */
  max_uses: number | null;
  /** Enrollments that used it. */
  use_count: Count;
  /** Null when it does not expire. */
  expires_at: Timestamp | null;
  /** Null when a server created it. */
  created_by: string | null;
  created_at: Timestamp;
};

/** An access code in the list of its course. */
export type CourseCodeRow = {
  id: string;
  course_id: string;
  code: string;
  /** Null without a limit. */
  max_uses: number | null;
  /** Enrollments that used it. */
  use_count: Count;
  /** Null when it does not expire. */
  expires_at: Timestamp | null;
  /** Null when a server created it. */
  created_by: string | null;
  created_at: Timestamp;
  /** The next page starts after it. */
  cursor: string;
};

/** Detail of course_completed. */
export type CourseCompleted = {
  version: number | null;
};

/** A completed course of the caller. */
export type CourseCompletion = {
  course_id: string;
  course_slug: string;
  completed_at: Timestamp;
  is_course_complete: true;
  /** Null without a valid certificate. */
  certificate_code: string | null;
};

/** How many matches a course has. */
export type CourseFacet = {
  facet: "course";
  /** The course_id to search with. */
  value: string;
  count: Count;
  course_slug: string;
  course_title: string;
};

/** A course that was made of a bundle. */
export type CourseImport = {
  course_id: string;
  course_slug: string;
  /** False where the call repeats an earlier one. */
  is_new: boolean;
  /** Files to upload; the bundle only names them. */
  files: ImportedFile[];
};

/** Details of course_incomplete: required lessons that are completed, and all of them. */
export type CourseIncomplete = {
  completed: Count;
  required: Count;
};

/** Everything that a course page shows. */
export type CourseOutline = {
  course: OutlineCourse;
  enrollment: OutlineEnrollment | null;
  is_staff: boolean;
  /** Owners first. */
  teachers: Teacher[];
  /** Length of the published lessons, in hours. */
  hours: number;
  /** Learners who hold a seat. */
  learner_count: Count;
  /** Null without a limit. */
  seats_left: Count | null;
  /** The caller's place; null unless they are waitlisted. */
  waitlist_position: number | null;
  /** The caller's; null without a valid one. */
  certificate_code: string | null;
  modules: OutlineModule[];
};

/** The figures of a course. */
export type CourseOverview = {
  course_id: string;
  course_slug: string;
  title: string;
  since: Day;
  pending: Count | null;
  waitlisted: Count | null;
  active: Count | null;
  completed: Count | null;
  withdrawn: Count | null;
  active_learners: Count | null;
  enrolled_since: Count | null;
  completed_since: Count | null;
  completion_rate: Percent | null;
  mean_progress: Percent | null;
  median_days_to_complete: Count | null;
  seconds_spent: Seconds | null;
  mean_score: Percent | null;
  /** Results by tenths: 0 to 10 per cent first. */
  score_distribution: (Count | null)[] | null;
  days: ActivityRow[];
};

export type CourseRole = "owner" | "instructor" | "assistant";

/** A criterion of a rubric. */
export type Criterion = {
  id: string;
  title: string;
  /** The most points it gives. */
  points: number;
};

/** The next page starts after this row. */
export type Cursor = string;

/** A course that the caller is staff of. */
export type DashboardRow = {
  course_id: string;
  course_slug: string;
  title: string;
  is_published: boolean;
  role: CourseRole;
  pending: Count;
  waitlisted: Count;
  active: Count;
  completed: Count;
  active_learners_7d: Count;
  inactive_learners: Count;
  completed_7d: Count;
  completion_rate: Percent | null;
  labs_to_grade: Count;
  mean_score: Percent | null;
  cursor: Cursor;
};

/** A day of UTC, YYYY-MM-DD. */
export type Day = string;

/** Details of draft_conflict: who saved the draft last. */
export type DraftConflict = {
  updated_at: Timestamp;
  /** Null for a server. */
  updated_by: string | null;
  /** Null without an account. */
  name: string | null;
};

/** Work of a course that is not completed and has a due date. */
export type DueDate = {
  lesson_id: string;
  lesson_slug: string;
  course_slug: string;
  title: string;
  content_type: ContentType;
  due_at: Timestamp;
};

/** The enrollment; the keys of an error are null, and set in the error `code_invalid`. */
export type EnrollmentAnswer = {
  id: string;
  user_id: string;
  course_id: string;
  status: EnrollmentStatus;
  requested_at: Timestamp;
  enrolled_at: Timestamp;
  /** The caller withdrew by themselves. */
  has_left: boolean;
  completed_at: Timestamp | null;
  completed_version: number | null;
  last_activity_at: Timestamp;
  lessons_completed: Count;
  progress: Percent;
  code: null;
  message: null;
  details: null;
  hint: null;
};

export type EnrollmentMode = "open" | "code" | "approval" | "closed";

export type EnrollmentStatus = "pending" | "waitlisted" | "active" | "completed" | "withdrawn";

/** The end of an answer that failed. */
export type ErrorPart = {
  type: "error";
  /** A sentence to show. */
  errorText: string;
};

/** A text that staff grade. */
export type EssayItem = {
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "essay";
  options: NoOptions;
};

export type EventDetail = Withdrawn | CourseCompleted | CertificateIssued | AttemptStarted | AttemptClosed | AttemptGraded | LabSubmitted | LabGraded | NoDetail;

export type EventKind = "enrolled" | "withdrawn" | "course_completed" | "lesson_started" | "lesson_completed" | "attempt_started" | "attempt_closed" | "attempt_graded" | "lab_submitted" | "lab_graded" | "certificate_issued";

export type FacetRow = CourseFacet | KindFacet | LocaleFacet;

/** Option id to Markdown; of true_false by true and false, of matching by left id, of cloze by gap. */
export type Feedback = Record<string, string>;

/** A file that staff grade. */
export type FileItem = {
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "file";
  options: NoOptions;
};

/** Details of file_not_found: the path that names no object. */
export type FileNotFound = {
  path: string;
};

/** The end of an answer that is complete. */
export type FinishPart = {
  type: "finish";
  finishReason: "stop";
  messageMetadata: TutorFinish;
};

/** The end of the only step. */
export type FinishStepPart = {
  type: "finish-step";
};

/** A turn that is settled. */
export type FinishedTurn = {
  /** This call did it. */
  is_settled: boolean;
  usage: TurnUsage;
};

/** What a fold did. */
export type Fold = {
  folded: Count | null;
  oldest_seconds: number | null;
};

/** A course that matches. */
export type FoundCourse = {
  kind: "course";
  course_id: string;
  course_slug: string;
  course_title: string;
  module_id: null;
  lesson_id: null;
  lesson_slug: null;
  /** Of the course, module or lesson; plain text. */
  title: string;
  locale: string;
  content_type: null;
  /** HTML in which only <mark> is markup. */
  snippet: string;
  /** Names of the teachers of the course, owners first. */
  teachers: string[];
  score: number;
  /** The corrected query that was answered; null if it was not corrected. */
  did_you_mean: string | null;
  /** Of the last row: asks for the next page. */
  cursor: string;
};

/** A lesson that matches. */
export type FoundLesson = {
  kind: "lesson";
  course_id: string;
  course_slug: string;
  course_title: string;
  module_id: string;
  lesson_id: string;
  lesson_slug: string;
  /** Of the course, module or lesson; plain text. */
  title: string;
  locale: string;
  content_type: ContentType;
  /** HTML in which only <mark> is markup. */
  snippet: string;
  /** Names of the teachers of the course, owners first. */
  teachers: string[];
  score: number;
  /** The corrected query that was answered; null if it was not corrected. */
  did_you_mean: string | null;
  /** Of the last row: asks for the next page. */
  cursor: string;
};

/** A module that matches. */
export type FoundModule = {
  kind: "module";
  course_id: string;
  course_slug: string;
  course_title: string;
  module_id: string;
  lesson_id: null;
  lesson_slug: null;
  /** Of the course, module or lesson; plain text. */
  title: string;
  locale: string;
  content_type: null;
  /** HTML in which only <mark> is markup. */
  snippet: string;
  /** Names of the teachers of the course, owners first. */
  teachers: string[];
  score: number;
  /** The corrected query that was answered; null if it was not corrected. */
  did_you_mean: string | null;
  /** Of the last row: asks for the next page. */
  cursor: string;
};

export type FoundRow = FoundCourse | FoundModule | FoundLesson;

/** A published lesson of a course. */
export type FunnelRow = {
  lesson_id: string;
  course_slug: string;
  lesson_slug: string;
  ord: number;
  module_title: string;
  title: string;
  content_type: ContentType;
  is_required: boolean;
  started: Count | null;
  completed: Count | null;
  seconds_per_learner: Seconds | null;
  mean_score: Percent | null;
  completion_rate: Percent | null;
  /** Percentage points lost since the required lesson before. */
  drop_rate: Percent | null;
  is_biggest_drop: boolean | null;
  /** The next page starts after it. */
  cursor: string;
};

/** [[1]] in the prompt is gap 1. */
export type GapId = string;

export type GradeAction = "submitted" | "expired" | "closed" | "graded" | "regraded" | "overridden" | "restored" | "rescored" | "accepted" | "returned";

/** A grade or a change of one. Scores are points for attempts, otherwise per cent. */
export type GradeHistoryRow = {
  id: number;
  occurred_at: Timestamp;
  user_id: string;
  lesson_id: string;
  course_slug: string;
  /** Null when the caller cannot see the lesson. */
  lesson_slug: string | null;
  /** Null when the caller cannot see the lesson. */
  lesson_title: string | null;
  /** The attempt or the submission; for rescored the lesson. */
  work_id: string;
  action: GradeAction;
  old_score: number | null;
  new_score: number | null;
  reason: string | null;
  /** Null: a deadline or the server. */
  actor_id: string | null;
  cursor: string;
};

/** A learner in a published quiz or lab. */
export type GradebookRow = {
  user_id: string;
  name: string;
  email: string;
  lesson_id: string;
  course_slug: string;
  lesson_slug: string;
  lesson_title: string;
  content_type: "quiz" | "lab";
  weight: number;
  /** Null without a result. */
  score: Percent | null;
  /** Null before the learner begins. */
  status: ProgressStatus | null;
  attempt_count: Count;
  is_late: boolean;
  is_overridden: boolean;
  /** The lesson is archived and not in course_score. */
  is_archived: boolean;
  /** Weighted mean, missing work counts 0; null when all weights are 0. */
  course_score: Percent | null;
  cursor: string;
};

/** A criterion of a rubric with the points that a submission was given. */
export type GradedCriterion = {
  id: string;
  title: string;
  /** The most points it gives. */
  points: number;
  /** 0 to its points. */
  given: number;
};

/** Notes of authors to the tutor; never quoted. */
export type GuardGuidance = {
  lesson_id: string;
  question_id: string | null;
  notes: string;
  misconceptions: string[];
};

/** Keys that the answer of a turn must not state; those in `revealed` it may state. */
export type GuardMaterial = {
  items: GuardedQuestion[];
  revealed: GuardedQuestion[];
  guidance: GuardGuidance[];
};

/** Of kind cloze. */
export type GuardedCloze = {
  question_id: string;
  lesson_id: string;
  lesson_title: string;
  prompt_md: string;
  explanation_md: string | null;
  kind: "cloze";
  options: ClozeOptions;
  key: ClozeKey;
};

/** Of kind essay. */
export type GuardedEssay = {
  question_id: string;
  lesson_id: string;
  lesson_title: string;
  prompt_md: string;
  explanation_md: string | null;
  kind: "essay";
  options: NoOptions;
  key: SampleKey;
};

/** Of kind file. */
export type GuardedFile = {
  question_id: string;
  lesson_id: string;
  lesson_title: string;
  prompt_md: string;
  explanation_md: string | null;
  kind: "file";
  options: NoOptions;
  key: SampleKey;
};

/** Of kind matching. */
export type GuardedMatching = {
  question_id: string;
  lesson_id: string;
  lesson_title: string;
  prompt_md: string;
  explanation_md: string | null;
  kind: "matching";
  options: MatchingOptions;
  key: MatchingKey;
};

/** Of kind multiple. */
export type GuardedMultiple = {
  question_id: string;
  lesson_id: string;
  lesson_title: string;
  prompt_md: string;
  explanation_md: string | null;
  kind: "multiple";
  options: Option[];
  key: MultipleKey;
};

/** Of kind numeric. */
export type GuardedNumeric = {
  question_id: string;
  lesson_id: string;
  lesson_title: string;
  prompt_md: string;
  explanation_md: string | null;
  kind: "numeric";
  options: NoOptions;
  key: NumericKey | NumericValuesKey;
};

/** Of kind ordering. */
export type GuardedOrdering = {
  question_id: string;
  lesson_id: string;
  lesson_title: string;
  prompt_md: string;
  explanation_md: string | null;
  kind: "ordering";
  options: Option[];
  key: OrderingKey;
};

export type GuardedQuestion = GuardedSingle | GuardedMultiple | GuardedTrueFalse | GuardedNumeric | GuardedShortText | GuardedOrdering | GuardedMatching | GuardedCloze | GuardedEssay | GuardedFile;

/** Of kind short_text. */
export type GuardedShortText = {
  question_id: string;
  lesson_id: string;
  lesson_title: string;
  prompt_md: string;
  explanation_md: string | null;
  kind: "short_text";
  options: NoOptions;
  key: ShortTextKey;
};

/** Of kind single. */
export type GuardedSingle = {
  question_id: string;
  lesson_id: string;
  lesson_title: string;
  prompt_md: string;
  explanation_md: string | null;
  kind: "single";
  options: Option[];
  key: SingleKey;
};

/** Of kind true_false. */
export type GuardedTrueFalse = {
  question_id: string;
  lesson_id: string;
  lesson_title: string;
  prompt_md: string;
  explanation_md: string | null;
  kind: "true_false";
  options: NoOptions;
  key: TrueFalseKey;
};

/** The grade of an essay or a file. */
export type HandGrade = {
  /** Per cent of its points. */
  score_percent: number;
  /** For the learner. */
  comment_md?: string | null;
};

/** A hint and what it costs. */
export type Hint = {
  text_md: string;
  /** Per cent of the points of the question. */
  cost_percent: Percent;
};

/** A file that a bundle names, and the lesson that it belongs to. */
export type ImportedFile = {
  lesson_id: string;
  lesson_slug: string;
  title: string;
  /** As the bundle has it. */
  path: string;
  media_type?: string | null;
  size?: number | null;
};

/** Questions that were added to a quiz. */
export type ImportedQuestions = {
  /** False where the call repeats an earlier one. */
  is_new: boolean;
  /** In the order sent; empty where it is not new. */
  question_ids: string[];
};

/** Details of invalid_address. */
export type InvalidAddress = {
  column: "avatar_url" | "cover_url" | "md_url" | "video_url";
};

/** Details of invalid_bundle. */
export type InvalidBundle = {
  /** The place in the bundle, as in $.course.modules[0].title. */
  path: string;
  /** A sentence that says what is wrong. */
  problem: string;
};

/** Details of invalid_question. */
export type InvalidQuestion = {
  /** A sentence that says what is wrong. */
  problem: string;
};

/** Details of invalid_score. */
export type InvalidScore = {
  max_score: Points;
};

/** Details of invitation_closed; a pending one has expired, or its ground is gone. */
export type InvitationClosed = {
  status: InvitationStatus;
};

/** An invitation that the caller can accept. */
export type InvitationRow = {
  id: string;
  role: InvitedRole;
  /** Null for a role on the platform. */
  course_id: string | null;
  course_slug: string | null;
  course_title: string | null;
  /** Name of the inviter. */
  invited_by: string | null;
  /** A seat is held until it expires. */
  has_seat: boolean;
  created_at: Timestamp;
  expires_at: Timestamp;
  /** The next page starts after it. */
  cursor: string;
};

export type InvitationStatus = "pending" | "accepted" | "declined" | "revoked";

export type InvitedRole = "learner" | "assistant" | "instructor" | "owner" | "admin";

export type Item = SingleItem | MultipleItem | TrueFalseItem | NumericItem | ShortTextItem | OrderingItem | MatchingItem | ClozeItem | EssayItem | FileItem;

/** How many matches are of a kind. */
export type KindFacet = {
  facet: "kind";
  value: "course" | "module" | "lesson";
  count: Count;
  course_slug: null;
  course_title: null;
};

/** Detail of lab_graded. */
export type LabGraded = {
  submission_id: string;
  status: "accepted" | "returned";
  score: Percent;
};

/** A submission for a lab, or an attempt with essays or files, that awaits a grade. */
export type LabQueueRow = {
  /** Null for an attempt. */
  submission_id: string | null;
  /** Null for a lab. */
  attempt_id: string | null;
  lesson_id: string;
  course_slug: string;
  lesson_slug: string;
  lesson_title: string;
  user_id: string;
  name: string;
  /** Of an attempt its number. */
  version: number;
  is_late: boolean;
  submitted_at: Timestamp;
  /** Null without a claim, and after its end. */
  claimed_by: string | null;
  claimed_until: Timestamp | null;
  cursor: string;
};

/** The rules of a lab as they hold for the caller. */
export type LabRules = {
  due_at: Timestamp | null;
  /** For staff, and for learners once their work is graded; null otherwise. */
  rubric: Criterion[] | null;
};

/** Detail of lab_submitted. */
export type LabSubmitted = {
  submission_id: string;
  version: number;
  is_late: boolean;
};

/** A learner of a course. */
export type LearnerRow = {
  user_id: string;
  enrollment_id: string;
  name: string;
  email: string;
  status: EnrollmentStatus;
  progress: Percent;
  lessons_completed: Count;
  seconds_spent: Seconds;
  /** Null when all weights are 0. */
  course_score: Percent | null;
  enrolled_at: Timestamp;
  last_activity_at: Timestamp;
  completed_at: Timestamp | null;
  cursor: Cursor;
};

export type LearnerSort = "name" | "-name" | "progress" | "-progress" | "last_activity" | "-last_activity" | "enrolled" | "-enrolled";

/** A course of the caller on their home page. */
export type LearningRow = {
  course_id: string;
  slug: string;
  title: string;
  locale: string;
  cover_url: string | null;
  status: EnrollmentStatus;
  progress: Percent;
  lessons_completed: Count;
  required_count: Count;
  lesson_count: Count;
  enrolled_at: Timestamp;
  completed_at: Timestamp | null;
  last_activity_at: Timestamp;
  next_lesson: NextLesson | null;
  /** Days in a row, of UTC, until today or yesterday. */
  streak_days: Count;
  /** Minutes in this course since Monday, UTC. */
  minutes_this_week: Count;
  /** The next 10, the earliest first. */
  due_dates: DueDate[];
  /** Null without a valid certificate. */
  certificate_code: string | null;
  /** Gives the rows after this one. */
  cursor: string;
};

/** One lesson of a course as it is for the caller. */
export type LessonAccess = {
  lesson_id: string;
  course_slug: string;
  lesson_slug: string;
  status: LessonStatus;
  is_open: boolean;
  /** Why it is locked; null for an open lesson. */
  reason: LockReason | null;
  /** When a date opens it; null without one. */
  opens_at: Timestamp | null;
  /** Lessons to complete first. */
  requires: string[];
};

/** A lesson in the list of its course. */
export type LessonAccessRow = {
  lesson_id: string;
  course_slug: string;
  lesson_slug: string;
  status: LessonStatus;
  is_open: boolean;
  /** Why it is locked; null for an open lesson. */
  reason: LockReason | null;
  /** When a date opens it; null without one. */
  opens_at: Timestamp | null;
  /** Lessons to complete first. */
  requires: string[];
  /** The next page starts after it. */
  cursor: string;
};

/** The progress after completing a lesson, and what it means for the course. */
export type LessonCompletion = {
  user_id: string;
  lesson_id: string;
  course_id: string;
  status: ProgressStatus;
  /** Where the player resumes. */
  position_seconds: Seconds;
  /** The furthest place that was reached. */
  furthest_seconds: Seconds;
  /** Seconds played, as {[0,30),[60,91)}; ends are exclusive. */
  watched: string;
  /** Distinct seconds played. */
  watched_seconds: Seconds;
  /** Seconds that a report could add to watched at updated_at. */
  watch_credit: number;
  seconds_spent: Seconds;
  score: Percent | null;
  /** The version of the lesson when it was completed; null before. */
  content_version: Count | null;
  started_at: Timestamp;
  completed_at: Timestamp | null;
  updated_at: Timestamp;
  is_course_complete: boolean;
  /** Null without a valid certificate. */
  certificate_code: string | null;
};

/** Details of lesson_locked. */
export type LessonLocked = {
  reason: LockReason | "lesson_unpublished";
  opens_at: Timestamp | null;
};

/** Everything that the page of a lesson shows. */
export type LessonPage = {
  course: PageCourse;
  module: PageModule;
  lesson: PageLesson;
  is_staff: boolean;
  /** The caller holds a seat, so that what they do counts. */
  is_enrolled: boolean;
  /** Null while the lesson is locked or empty. */
  content: PageContent | null;
  /** Empty while the lesson is locked. */
  files: PageFile[];
  progress: LessonProgress | null;
  previous: Neighbour | null;
  next: Neighbour | null;
  quiz: QuizRules | null;
  lab: LabRules | null;
};

/** The caller's progress in a lesson, as the table has it. */
export type LessonProgress = {
  user_id: string;
  lesson_id: string;
  course_id: string;
  status: ProgressStatus;
  /** Where the player resumes. */
  position_seconds: Seconds;
  /** The furthest place that was reached. */
  furthest_seconds: Seconds;
  /** Seconds played, as {[0,30),[60,91)}; ends are exclusive. */
  watched: string;
  /** Distinct seconds played. */
  watched_seconds: Seconds;
  /** Seconds that a report could add to watched at updated_at. */
  watch_credit: number;
  seconds_spent: Seconds;
  score: Percent | null;
  /** The version of the lesson when it was completed; null before. */
  content_version: Count | null;
  started_at: Timestamp;
  completed_at: Timestamp | null;
  updated_at: Timestamp;
};

/** A published version of a lesson, without its text. */
export type LessonPublication = {
  lesson_id: string;
  course_slug: string;
  lesson_slug: string;
  version: Count;
  /** The title of the lesson at the publication. */
  title: string;
  note: string | null;
  /** Null for a server. */
  published_by: string | null;
  published_by_name: string | null;
  published_at: Timestamp;
  /** Learners read this version. */
  is_current: boolean;
  /** Null outside a list. */
  cursor: string | null;
};

/** A row of the history of a lesson. */
export type LessonPublicationRow = {
  lesson_id: string;
  course_slug: string;
  lesson_slug: string;
  version: Count;
  /** The title of the lesson at the publication. */
  title: string;
  note: string | null;
  /** Null for a server. */
  published_by: string | null;
  published_by_name: string | null;
  published_at: Timestamp;
  /** Learners read this version. */
  is_current: boolean;
  /** The next page starts after it. */
  cursor: string;
};

/** Details of lesson_rule: what completes the lesson; per cents for videos only. */
export type LessonRule = {
  completion_rule: CompletionRule;
  watched_percent: Percent | null;
  required_percent: Percent | null;
};

export type LessonStatus = "locked" | "open" | "started" | "completed";

/** How many matches are in a locale. */
export type LocaleFacet = {
  facet: "locale";
  value: string;
  count: Count;
  course_slug: null;
  course_title: null;
};

export type LockReason = "not_enrolled" | "enrollment_pending" | "waitlisted" | "entitlement_ended" | "course_unpublished" | "course_archived" | "not_released" | "prerequisite" | "sequence";

/** What the daily maintenance did. */
export type Maintenance = {
  partitions: Partitions;
  seats_released: Count;
  attempts_expired: Count;
  progress_events_pruned: Count;
  budget_uses_pruned: Count;
  facts_folded: Count;
  turns_pruned: Count;
};

/** Options to match. */
export type MatchingItem = {
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "matching";
  options: MatchingOptions;
};

/** Key of kind matching. */
export type MatchingKey = {
  /** Id of each left option to that of the right one. */
  pairs: Record<string, string>;
};

/** The two sides of a matching question. */
export type MatchingOptions = {
  left: Option[];
  right: Option[];
};

/** What a stored message holds beside its text; a question holds nothing. */
export type MessageDetails = {
  metadata?: TutorMetadata;
  rung?: number;
  intent?: string;
  sources?: TutorSource[];
  data?: TutorDataPart[];
  usage?: TurnUsage;
  /** Why it was stopped. */
  reason?: string;
  problem?: AnswerProblem;
  /** While it is written. */
  abstained?: boolean;
  /** What it will suggest, while it is written. */
  suggestions?: string[];
};

export type MessageRole = "user" | "assistant";

export type MessageStatus = "streaming" | "complete" | "failed" | "stopped";

export type Meter = "requests" | "micros";

/** Micro-dollars: millionths of a US dollar. */
export type Micros = number;

/** Minutes. */
export type Minutes = number;

/** The price of a model from a day on, for a million tokens. */
export type ModelPrice = {
  provider: string;
  model: string;
  effective_from: Day;
  input_micros: Micros;
  cached_input_micros: Micros;
  cache_write_micros: Micros;
  output_micros: Micros;
};

/** Several right options. */
export type MultipleItem = {
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "multiple";
  options: Option[];
};

/** Key of kind multiple. */
export type MultipleKey = {
  /** Ids of the right options. */
  correct: string[];
};

/** A lesson that is near to the question. */
export type NearLesson = {
  lessonId: string;
  title: string;
};

/** The lesson before or after this one. */
export type Neighbour = {
  id: string;
  slug: string;
  course_slug: string;
  title: string;
  content_type: ContentType;
  is_open: boolean;
};

/** A turn that begins, with the context of its answer. */
export type NewTurn = {
  turn_id: string;
  message_id: string;
  conversation_id: string;
  status: MessageStatus;
  expires_at: Timestamp;
  estimate_micros: Micros;
  course: TurnCourse;
  is_replay: false;
  model: TurnModelLimited;
  lesson: TurnLesson | null;
  passages: TurnPassage[];
  words: TurnWord[];
  /** The passages of the course that the caller can read. */
  passage_count: Count;
  closest: TurnNear[];
  history: TurnMessage[];
  plan: TurnPlan;
  quotas: Quota[];
};

/** The first open lesson that is not completed. */
export type NextLesson = {
  id: string;
  slug: string;
  course_slug: string;
  title: string;
  content_type: ContentType;
  duration_minutes: Minutes;
};

/** Detail of an event whose columns say everything. */
export type NoDetail = Record<string, never>;

/** An empty list. */
export type NoOptions = [];

/** Details of not_enrolled: the status of an enrollment that is not active, if there is one. */
export type NotEnrolled = {
  status: EnrollmentStatus | null;
};

/** Details of not_submitted. */
export type NotSubmitted = {
  status: "submitted" | "returned" | "accepted" | "superseded";
};

/** A number. */
export type NumericItem = {
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "numeric";
  options: NoOptions;
};

/** Key of kind numeric. */
export type NumericKey = {
  value: number;
  /** In the unit of the value; 0 if left out. */
  tolerance?: number;
  /** What an answer in words may have behind its number. */
  unit?: string;
  /** The tolerance is a share of the value: 0.01 is 1 %. */
  relative?: boolean;
};

/** Key of kind numeric with several accepted values. */
export type NumericValuesKey = {
  values: AcceptedNumber[];
  /** What an answer in words may have behind its number. */
  unit?: string;
};

/** A gap of a cloze that takes a text or a number. */
export type OpenGap = {
  id: GapId;
  kind: "text" | "number";
};

/** A choice of a question. */
export type Option = {
  id: string;
  text: string;
};

/** Options to put in order. */
export type OrderingItem = {
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "ordering";
  options: Option[];
};

/** Key of kind ordering. */
export type OrderingKey = {
  /** Ids of all options in order. */
  order: string[];
};

/** The course of an outline: its row without its author. */
export type OutlineCourse = {
  id: string;
  slug: string;
  title: string;
  /** Language tag, such as en or de-CH. */
  locale: string;
  /** Such as Europe/Paris. */
  time_zone: string;
  description: string;
  is_published: boolean;
  cover_url: string | null;
  level: string | null;
  tags: string[];
  enrollment_mode: EnrollmentMode;
  /** Seats; null without a limit. */
  capacity: number | null;
  opens_at: Timestamp | null;
  closes_at: Timestamp | null;
  is_sequential: boolean;
  lesson_count: Count;
  required_count: Count;
  version: number;
  /** Its learners only read it since then. */
  archived_at: Timestamp | null;
  created_at: Timestamp;
  updated_at: Timestamp;
};

/** The caller's own enrollment, as the table has it. */
export type OutlineEnrollment = {
  id: string;
  user_id: string;
  course_id: string;
  status: EnrollmentStatus;
  requested_at: Timestamp;
  enrolled_at: Timestamp;
  /** The caller withdrew by themselves. */
  has_left: boolean;
  completed_at: Timestamp | null;
  completed_version: number | null;
  last_activity_at: Timestamp;
  lessons_completed: Count;
  progress: Percent;
};

/** A lesson in the outline of its course. */
export type OutlineLesson = {
  id: string;
  slug: string;
  course_slug: string;
  title: string;
  content_type: ContentType;
  duration_minutes: Minutes;
  ord: number;
  is_published: boolean;
  /** Only staff find an archived lesson. */
  is_archived: boolean;
  is_preview: boolean;
  is_required: boolean;
  completion_rule: CompletionRule;
  status: LessonStatus;
  is_open: boolean;
  /** Why it is locked; null for an open lesson. */
  reason: LockReason | null;
  /** When a date opens it; null without one. */
  opens_at: Timestamp | null;
  /** Lessons to complete first. */
  requires: string[];
  /** The caller's result; null without one. */
  score: Percent | null;
  /** Where the caller left the video. */
  position_seconds: Seconds;
  /** The furthest place that they reached in it. */
  furthest_seconds: Seconds;
  /** Due date of the caller's quiz or lab. */
  due_at: Timestamp | null;
  /** Attempts that can still be started; null without a limit. */
  attempts_left: Count | null;
};

/** A module with the lessons that the caller may know of. */
export type OutlineModule = {
  id: string;
  ord: number;
  title: string;
  summary: string;
  /** Only staff find an archived module. */
  is_archived: boolean;
  lessons: OutlineLesson[];
};

/** A course that a change of a role left without an owner. */
export type OwnerlessCourse = {
  course_id: string;
  course_slug: string;
  title: string;
};

/** What an open lesson teaches. */
export type PageContent = {
  version: Count;
  /** Markdown. */
  body_md: string;
  md_url: string | null;
  video_url: string | null;
  transcript: string | null;
  updated_at: Timestamp;
};

/** The course of a lesson page. */
export type PageCourse = {
  id: string;
  slug: string;
  title: string;
  /** Language tag, such as en or de-CH. */
  locale: string;
};

/** A file of an open lesson. */
export type PageFile = {
  id: string;
  title: string;
  /** The object in bucket lesson-files. */
  path: string;
  size_bytes: Count | null;
  media_type: string | null;
};

/** The lesson of a lesson page. */
export type PageLesson = {
  id: string;
  slug: string;
  course_slug: string;
  title: string;
  content_type: ContentType;
  duration_minutes: Minutes;
  ord: number;
  is_published: boolean;
  /** Only staff find an archived lesson. */
  is_archived: boolean;
  is_preview: boolean;
  is_required: boolean;
  completion_rule: CompletionRule;
  status: LessonStatus;
  is_open: boolean;
  /** Why it is locked; null for an open lesson. */
  reason: LockReason | null;
  /** When a date opens it; null without one. */
  opens_at: Timestamp | null;
  /** Lessons to complete first. */
  requires: string[];
  /** Rule watch: what must be watched. */
  completion_percent: Percent;
};

/** The module of a lesson page. */
export type PageModule = {
  id: string;
  title: string;
  ord: number;
};

/** Names of the partitions of learning_events that were created and dropped. */
export type Partitions = {
  made: string[];
  dropped: string[];
};

/** The embedding of a passage. */
export type PassageEmbedding = {
  lesson_id: string;
  ord: number;
  body_hash: string;
  embedding: number[];
};

/** A passage that answers a question. */
export type PassageRow = {
  course_slug: string;
  lesson_id: string;
  lesson_slug: string;
  lesson_title: string;
  ord: number;
  heading_path: string[];
  anchor: string;
  source: PassageSource;
  body: string;
  score: number;
  /** Per cent of the weight of the query that the passage covers. */
  support_percent: Percent;
};

export type PassageSource = "body" | "transcript";

/** A passage without a current embedding of the model. */
export type PassageToEmbed = {
  lesson_id: string;
  ord: number;
  body_hash: string;
  /** The text to embed: title, headings, body. */
  body: string;
  /** The passages of this page and after it. */
  remaining: number;
  cursor: string;
};

/** Per cent, 0 to 100. */
export type Percent = number;

export type Period = "minute" | "day" | "month";

/** An account in the list of admins. */
export type PersonRow = {
  user_id: string;
  name: string;
  email: string;
  role: AppRole;
  is_suspended: boolean;
  /** Null without an end. */
  suspended_until: Timestamp | null;
  suspended_reason: string | null;
  created_at: Timestamp;
  /** The next page starts after it. */
  cursor: string;
};

/** The figures of the platform. */
export type PlatformOverview = {
  since: Day;
  learners: Count;
  instructors: Count;
  admins: Count;
  courses: Count;
  courses_published: Count;
  lessons_published: Count;
  enrollments_active: Count | null;
  enrollments_completed: Count | null;
  certificates: Count | null;
  active_learners: Count | null;
  enrolled_since: Count | null;
  completed_since: Count | null;
  seconds_spent: Seconds | null;
  days: ActivityRow[];
  top_courses: TopCourse[];
};

/** The settings of the platform, which admins change. */
export type PlatformSettings = {
  /** Rosters of staff enroll accounts without asking. */
  is_roster_direct: boolean;
};

/** Points of a quiz. */
export type Points = number;

/** Details of prerequisite_missing. */
export type PrerequisiteMissing = {
  /** Titles of the courses to complete first. */
  courses: string;
};

export type ProblemCode = "description_missing" | "course_archived" | "no_required_lesson" | "module_empty" | "content_missing" | "video_missing" | "duration_missing" | "quiz_empty" | "prerequisite_unpublished";

/** Why the answer broke off. */
export type ProblemPart = {
  type: "data-problem";
  data: AnswerProblem;
};

/** A problem in the list of its course. */
export type ProblemRow = {
  code: ProblemCode;
  /** The course, module or lesson. */
  subject_id: string;
  course_slug: string;
  /** Null unless the subject is a lesson. */
  lesson_slug: string | null;
  /** A sentence to show. */
  message: string;
  /** The next page starts after it. */
  cursor: string;
};

export type ProgressStatus = "started" | "completed";

/** Whether a course is published now, and what is missing. */
export type Publication = {
  course_id: string;
  is_published: boolean;
  problems: PublishProblem[];
  published_drafts: Count;
};

/** A problem that prevents the publication of a draft. */
export type PublishProblem = {
  code: ProblemCode;
  /** The course, module or lesson. */
  subject_id: string;
  /** A sentence to show. */
  message: string;
};

/** Details of question_changed: who saved the question last. */
export type QuestionChanged = {
  revision: Count;
  updated_at: Timestamp;
  /** Null for a server. */
  updated_by: string | null;
  /** Null without an account. */
  name: string | null;
};

export type QuestionKey = SingleKey | MultipleKey | TrueFalseKey | NumericKey | NumericValuesKey | ShortTextKey | OrderingKey | MatchingKey | ClozeKey | SampleKey;

/** The key of a question, for its editor. */
export type QuestionKeyRow = {
  question_id: string;
  key: QuestionKey;
  explanation_md: string | null;
  feedback: Feedback;
  hints: Hint[];
};

export type QuestionKind = "single" | "multiple" | "true_false" | "numeric" | "short_text" | "ordering" | "matching" | "cloze" | "essay" | "file";

/** single, multiple, ordering: a list; matching: two lists; cloze: its gaps; the other kinds: an empty list. */
export type QuestionOptions = Option[] | MatchingOptions | ClozeOptions;

/** Statistics of a question over closed attempts; null for an admin if of too few learners. */
export type QuestionStatsRow = {
  question_id: string;
  ord: number;
  kind: QuestionKind;
  prompt_md: string;
  answer_count: Count | null;
  /** Mean result in per cent of the points; low is hard. */
  difficulty: Percent | null;
  /** Correlation with the rest of the attempt, -1 to 1. */
  discrimination: number | null;
  /** Option id to picks; null for kinds without choices. */
  choices: Record<string, number> | null;
  /** The next page starts after it. */
  cursor: string;
};

/** A version of a question with its key. */
export type QuestionVersionRow = {
  revision: number;
  prompt_md: string;
  points: Points;
  options: QuestionOptions;
  key: QuestionKey;
  explanation_md: string | null;
  feedback: Feedback;
  hints: Hint[];
  saved_at: Timestamp;
  /** Null for a server. */
  saved_by: string | null;
  /** Null for a server and for an account now gone. */
  saved_by_name: string | null;
  /** The next page starts after it. */
  cursor: string;
};

/** Sentences were withheld because they answer a question of a quiz. */
export type QuizGuard = {
  /** How many. */
  held: number;
  reasons: string[];
};

/** Sentences were withheld. */
export type QuizGuardPart = {
  type: "data-quiz-guard";
  data: QuizGuard;
};

/** The exception of one learner from the rules of a quiz or lab. */
export type QuizOverride = {
  lesson_id: string;
  user_id: string;
  extra_seconds: Seconds;
  extra_attempts: Count;
  due_at: Timestamp | null;
  /** The day, in the zone of the course, that ends at due_at. */
  due_on: string | null;
};

/** The exception of one learner, in the list of a quiz or lab. */
export type QuizOverrideRow = {
  lesson_id: string;
  user_id: string;
  extra_seconds: Seconds;
  extra_attempts: Count;
  due_at: Timestamp | null;
  /** The day, in the zone of the course, that ends at due_at. */
  due_on: string | null;
  name: string;
  cursor: string;
};

export type QuizReveal = "never" | "after_submit" | "after_pass" | "after_close";

/** The rules of a quiz as they hold for the caller, exceptions included. */
export type QuizRules = {
  pass_mark: Percent;
  /** Null without a limit. */
  max_attempts: Count | null;
  /** Attempts that can still be started; null without a limit. */
  attempts_left: Count | null;
  /** Null without a limit. */
  time_limit_seconds: Seconds | null;
  due_at: Timestamp | null;
  /** What max_attempts has beyond the rule. */
  extra_attempts: Count;
  /** What time_limit_seconds has beyond the rule. */
  extra_seconds: Seconds;
  is_shuffled: boolean;
  scoring: QuizScoring;
  reveal: QuizReveal;
  /** Questions in an attempt. */
  question_count: Count;
};

export type QuizScoring = "highest" | "last" | "first" | "average";

/** A limit of the caller and what remains of it, in requests or micro-dollars. */
export type Quota = {
  scope: "user" | "user_course";
  period: Period;
  meter: Meter;
  limit: Count;
  used: Count;
  remaining: Count;
  reset_at: Timestamp;
};

/** Details of quota_exceeded: the limit that is used up. */
export type QuotaExceeded = {
  scope: QuotaScope;
  period: Period;
  meter: Meter;
  limit: Count;
  remaining: 0;
  reset_at: Timestamp;
  retry_after: Seconds;
};

export type QuotaScope = "user" | "user_course" | "course" | "platform";

/** A learner who has completed each required lesson, and not yet the course. */
export type ReadyLearner = {
  user_id: string;
  name: string;
  email: string;
  lessons_completed: Count;
  enrolled_at: Timestamp;
  last_activity_at: Timestamp;
  /** The next page starts after it. */
  cursor: string;
};

/** Counts of a regrade of the closed attempts of a quiz. */
export type Regrade = {
  /** Attempts graded again. */
  attempts: Count;
  /** Attempts whose score, most points or result changed. */
  changed: Count;
  /** Learners whose result changed. */
  learners: Count;
};

/** A turn whose key was used before for the same question. */
export type RepeatedTurn = {
  turn_id: string;
  message_id: string;
  conversation_id: string;
  status: MessageStatus;
  expires_at: Timestamp;
  estimate_micros: Micros;
  course: TurnCourse;
  is_replay: true;
  model: TurnModel;
};

/** What the service reports of an answer; what is missing is estimated. */
export type ReportedUsage = {
  input_tokens?: Count | null;
  cached_tokens?: Count | null;
  cache_write_tokens?: Count | null;
  output_tokens?: Count | null;
  output_bytes?: Count | null;
  abstained?: boolean;
  guard_hits?: Count | null;
  invalid_citations?: Count | null;
};

/** A graded item with the right answer. */
export type RevealedCloze = {
  /** Result in per cent of its points; null until the attempt is graded. */
  score_percent: Percent | null;
  /** The version of the question that grades it. */
  revision: number;
  explanation_md: string | null;
  /** Of the options that the attempt showed, by their ids. */
  feedback: Feedback;
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "cloze";
  options: ClozeOptions;
  answer: Record<string, string | number> | null;
  correct: Record<string, string | number | null> | null;
};

/** An item with the sample answer, if there is one. */
export type RevealedEssay = {
  /** Result in per cent of its points; null until the attempt is graded. */
  score_percent: Percent | null;
  /** The version of the question that grades it. */
  revision: number;
  explanation_md: string | null;
  /** Of the options that the attempt showed, by their ids. */
  feedback: Feedback;
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  /** What staff wrote when they graded it. */
  comment_md: string | null;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "essay";
  options: NoOptions;
  answer: string | null;
  correct: string | null;
};

/** An item with the sample answer, if there is one. */
export type RevealedFile = {
  /** Result in per cent of its points; null until the attempt is graded. */
  score_percent: Percent | null;
  /** The version of the question that grades it. */
  revision: number;
  explanation_md: string | null;
  /** Of the options that the attempt showed, by their ids. */
  feedback: Feedback;
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  /** What staff wrote when they graded it. */
  comment_md: string | null;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "file";
  options: NoOptions;
  answer: string | null;
  correct: string | null;
};

export type RevealedItem = RevealedSingle | RevealedMultiple | RevealedTrueFalse | RevealedNumeric | RevealedShortText | RevealedOrdering | RevealedMatching | RevealedCloze | RevealedEssay | RevealedFile;

/** A graded item with the right answer. */
export type RevealedMatching = {
  /** Result in per cent of its points; null until the attempt is graded. */
  score_percent: Percent | null;
  /** The version of the question that grades it. */
  revision: number;
  explanation_md: string | null;
  /** Of the options that the attempt showed, by their ids. */
  feedback: Feedback;
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "matching";
  options: MatchingOptions;
  answer: Record<string, string> | null;
  correct: Record<string, string> | null;
};

/** A graded item with the right answer. */
export type RevealedMultiple = {
  /** Result in per cent of its points; null until the attempt is graded. */
  score_percent: Percent | null;
  /** The version of the question that grades it. */
  revision: number;
  explanation_md: string | null;
  /** Of the options that the attempt showed, by their ids. */
  feedback: Feedback;
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "multiple";
  options: Option[];
  answer: string[] | null;
  correct: string[] | null;
};

/** A graded item with the right answer. */
export type RevealedNumeric = {
  /** Result in per cent of its points; null until the attempt is graded. */
  score_percent: Percent | null;
  /** The version of the question that grades it. */
  revision: number;
  explanation_md: string | null;
  /** Of the options that the attempt showed, by their ids. */
  feedback: Feedback;
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "numeric";
  options: NoOptions;
  answer: number | string | null;
  correct: number | null;
};

/** A graded item with the right answer. */
export type RevealedOrdering = {
  /** Result in per cent of its points; null until the attempt is graded. */
  score_percent: Percent | null;
  /** The version of the question that grades it. */
  revision: number;
  explanation_md: string | null;
  /** Of the options that the attempt showed, by their ids. */
  feedback: Feedback;
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "ordering";
  options: Option[];
  answer: string[] | null;
  correct: string[] | null;
};

/** A graded item with the right answer. */
export type RevealedShortText = {
  /** Result in per cent of its points; null until the attempt is graded. */
  score_percent: Percent | null;
  /** The version of the question that grades it. */
  revision: number;
  explanation_md: string | null;
  /** Of the options that the attempt showed, by their ids. */
  feedback: Feedback;
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "short_text";
  options: NoOptions;
  answer: string | null;
  correct: string | null;
};

/** A graded item with the right answer. */
export type RevealedSingle = {
  /** Result in per cent of its points; null until the attempt is graded. */
  score_percent: Percent | null;
  /** The version of the question that grades it. */
  revision: number;
  explanation_md: string | null;
  /** Of the options that the attempt showed, by their ids. */
  feedback: Feedback;
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "single";
  options: Option[];
  answer: string | null;
  correct: string | null;
};

/** A graded item with the right answer. */
export type RevealedTrueFalse = {
  /** Result in per cent of its points; null until the attempt is graded. */
  score_percent: Percent | null;
  /** The version of the question that grades it. */
  revision: number;
  explanation_md: string | null;
  /** Of the options that the attempt showed, by their ids. */
  feedback: Feedback;
  /** False for an archived question: it earns no points. */
  is_counted: boolean;
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "true_false";
  options: NoOptions;
  answer: boolean | null;
  correct: boolean | null;
};

export type Review = ReviewHidden | ReviewShown;

/** An attempt whose right answers the caller may not see now. */
export type ReviewHidden = {
  id: string;
  lesson_id: string;
  course_id: string;
  user_id: string;
  /** 1 is the first attempt of the learner. */
  number: number;
  status: AttemptStatus;
  started_at: Timestamp;
  /** With the extra time of the learner; null without a limit. */
  time_limit_seconds: Seconds | null;
  /** Null without a time limit or due date. */
  deadline: Timestamp | null;
  /** The time of the last saved answer. */
  answered_at: Timestamp | null;
  /** Question id to the revision of an answer that was saved with one. */
  revisions: Record<string, number>;
  submitted_at: Timestamp | null;
  /** Null while it is open or pending. */
  score: Points | null;
  max_score: Points;
  /** Null while it is open or pending. */
  is_passed: boolean | null;
  is_overridden: boolean;
  /** The version of the lesson at the start; null without content. */
  content_version: Count | null;
  /** Closed, and awaits a grade by staff. */
  is_pending: boolean;
  /** Question id to the hints taken, in order. */
  hints: Record<string, Hint[]>;
  is_revealed: false;
  items: AnsweredItem[];
};

/** An attempt with the results of its items, right answers and explanations. */
export type ReviewShown = {
  id: string;
  lesson_id: string;
  course_id: string;
  user_id: string;
  /** 1 is the first attempt of the learner. */
  number: number;
  status: AttemptStatus;
  started_at: Timestamp;
  /** With the extra time of the learner; null without a limit. */
  time_limit_seconds: Seconds | null;
  /** Null without a time limit or due date. */
  deadline: Timestamp | null;
  /** The time of the last saved answer. */
  answered_at: Timestamp | null;
  /** Question id to the revision of an answer that was saved with one. */
  revisions: Record<string, number>;
  submitted_at: Timestamp | null;
  /** Null while it is open or pending. */
  score: Points | null;
  max_score: Points;
  /** Null while it is open or pending. */
  is_passed: boolean | null;
  is_overridden: boolean;
  /** The version of the lesson at the start; null without content. */
  content_version: Count | null;
  /** Closed, and awaits a grade by staff. */
  is_pending: boolean;
  /** Question id to the hints taken, in order. */
  hints: Record<string, Hint[]>;
  is_revealed: true;
  items: RevealedItem[];
};

export type RiskReason = "inactive" | "falling_scores" | "stuck" | "deadline";

/** An active learner who may need help. */
export type RiskRow = {
  user_id: string;
  name: string;
  email: string;
  progress: Percent;
  last_activity_at: Timestamp;
  reasons: RiskReason[];
  course_slug: string;
  stuck_lesson_id: string | null;
  stuck_lesson_slug: string | null;
  next_due_at: Timestamp | null;
  /** The number of reasons. */
  risk: number;
  cursor: Cursor;
};

/** The profile of an account whose platform role was set. */
export type RoleChange = {
  id: string;
  email: string;
  name: string;
  avatar_url: string | null;
  locale: string;
  time_zone: string;
  role: AppRole;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** Courses whose last owner the account was; admins act on them. */
  ownerless_courses: OwnerlessCourse[];
};

/** A person to enroll, by address or by account. */
export type RosterEntry = {
  email?: string | null;
  user_id?: string | null;
};

/** An entry of a roster that was not enrolled: no address or account, or the caller's own. */
export type RosterFailure = {
  /** Position in the roster, from 1. */
  number: number;
  /** As sent; null for an entry with a user_id only. */
  email: string | null;
  user_id: string | null;
  status: "failed";
  enrollment_id: null;
  code: "user_not_found" | "invalid_email" | "own_work";
  /** A sentence to show. */
  detail: string;
};

/** An address of a roster that was invited, whether or not an account has it. */
export type RosterInvitation = {
  /** Position in the roster, from 1. */
  number: number;
  /** As sent; null for an entry with a user_id only. */
  email: string | null;
  user_id: null;
  status: "invited";
  enrollment_id: null;
  code: null;
  detail: null;
};

export type RosterLine = RosterSuccess | RosterWithdrawal | RosterInvitation | RosterFailure;

/** A person of a roster who is enrolled, was enrolled already, or waits for a seat. */
export type RosterSuccess = {
  /** Position in the roster, from 1. */
  number: number;
  /** As sent; null for an entry with a user_id only. */
  email: string | null;
  user_id: string;
  status: "enrolled" | "already" | "waitlisted";
  enrollment_id: string;
  code: null;
  detail: null;
};

/** A person of a roster who withdrew from the course by themselves, and stays withdrawn. */
export type RosterWithdrawal = {
  /** Position in the roster, from 1. */
  number: number;
  /** As sent; null for an entry with a user_id only. */
  email: string | null;
  user_id: string;
  status: "withdrawn";
  enrollment_id: string;
  code: null;
  /** A sentence to show. */
  detail: string;
};

/** Key of kinds essay and file, which staff grade. */
export type SampleKey = {
  /** A sample answer, shown like a right answer. */
  sample_md?: string;
};

/** What there is of an answer that is being made; without what has not changed. */
export type SavedAnswer = {
  turn_id: string;
  content?: string;
  details?: MessageDetails;
};

/** Whole seconds. */
export type Seconds = number;

/** Which version of a lesson a learner could read when they did something. */
export type SeenVersionRow = {
  kind: "completion" | "attempt" | "certificate";
  /** The lesson, the attempt or the certificate. */
  subject_id: string;
  lesson_id: string;
  course_slug: string;
  /** Null for a lesson that is deleted. */
  lesson_slug: string | null;
  title: string | null;
  seen_at: Timestamp;
  /** Null without a text. */
  version: Count | null;
  published_at: Timestamp | null;
  /** The next page starts after it. */
  cursor: string;
};

/** A share, 0 to 1. */
export type Share = number;

/** A short text. */
export type ShortTextItem = {
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "short_text";
  options: NoOptions;
};

/** Key of kind short_text. */
export type ShortTextKey = {
  /** Accepted texts; case and accents do not matter. */
  accepted: string[];
  /** Edits allowed; 0 if left out. */
  max_distance?: number;
};

/** One right option. */
export type SingleItem = {
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "single";
  options: Option[];
};

/** Key of kind single. */
export type SingleKey = {
  /** Id of the right option. */
  correct: string;
};

/** The beginning of an answer. */
export type StartPart = {
  type: "start";
  messageId: string;
  messageMetadata: TutorMetadata;
};

/** The beginning of the only step. */
export type StartStepPart = {
  type: "start-step";
};

/** Where the only step of an answer begins. */
export type StepPart = {
  type: "step-start";
};

/** A citation of a stored message. Indexes are UTF-16 units of its content. */
export type StoredCitation = {
  sourceId: string;
  startIndex: number;
  endIndex: number;
  /** Empty where the text only points to it. */
  citedText: string;
};

/** A course whose title continues the prefix. */
export type SuggestedCourse = {
  kind: "course";
  course_id: string;
  course_slug: string;
  lesson_id: null;
  lesson_slug: null;
  title: string;
};

/** A lesson whose title continues the prefix. */
export type SuggestedLesson = {
  kind: "lesson";
  course_id: string;
  course_slug: string;
  lesson_id: string;
  lesson_slug: string;
  title: string;
};

export type SuggestionRow = SuggestedCourse | SuggestedLesson;

/** What the learner may ask next. */
export type Suggestions = {
  items: string[];
};

/** What the learner may ask next. */
export type SuggestionsPart = {
  type: "data-suggestions";
  data: Suggestions;
};

export type SupportLevel = "low" | "medium" | "high";

/** Whether an account is suspended, and what follows. */
export type Suspension = {
  user_id: string;
  is_suspended: boolean;
  /** End of the suspension by an admin; null: none. */
  until: Timestamp | null;
  /** Null unless an admin has suspended the account. */
  reason: string | null;
  /** End of the ban by Auth; null: none. */
  banned_until: Timestamp | null;
  /** Courses without another owner who can act; admins act on them. */
  ownerless_courses: OwnerlessCourse[];
};

/** An owner or instructor of a course. */
export type Teacher = {
  name: string;
  /** One line about them; empty without one. */
  headline: string;
  /** Address of an image. */
  picture: string | null;
  /** Markdown about them; empty without one. */
  bio_md: string;
};

/** One of the staff of a course, as the others see them. */
export type TeamMember = {
  user_id: string;
  name: string;
  email: string;
  headline: string;
  /** Address of an image. */
  picture: string | null;
  role: CourseRole;
  /** When they joined. */
  created_at: Timestamp;
};

/** A piece of the text. */
export type TextDeltaPart = {
  type: "text-delta";
  id: string;
  delta: string;
};

/** The end of the text. */
export type TextEndPart = {
  type: "text-end";
  id: string;
  citations: TutorCitation[];
  providerMetadata: TutorTextMetadata;
};

/** The text of an answer, or a question. */
export type TextPart = {
  type: "text";
  text: string;
  state?: "streaming" | "done";
  citations?: TutorCitation[];
  providerMetadata?: TutorTextMetadata;
};

/** The beginning of the text. */
export type TextStartPart = {
  type: "text-start";
  id: string;
};

/** An attempt with the time left, for a countdown that does not trust the local clock. */
export type TimedAttempt = {
  id: string;
  lesson_id: string;
  course_id: string;
  user_id: string;
  /** 1 is the first attempt of the learner. */
  number: number;
  status: AttemptStatus;
  started_at: Timestamp;
  /** With the extra time of the learner; null without a limit. */
  time_limit_seconds: Seconds | null;
  /** Null without a time limit or due date. */
  deadline: Timestamp | null;
  /** The time of the last saved answer. */
  answered_at: Timestamp | null;
  /** Question id to the revision of an answer that was saved with one. */
  revisions: Record<string, number>;
  submitted_at: Timestamp | null;
  /** Null while it is open or pending. */
  score: Points | null;
  max_score: Points;
  /** Null while it is open or pending. */
  is_passed: boolean | null;
  is_overridden: boolean;
  /** The version of the lesson at the start; null without content. */
  content_version: Count | null;
  /** Closed, and awaits a grade by staff. */
  is_pending: boolean;
  /** Question id to the hints taken, in order. */
  hints: Record<string, Hint[]>;
  items: Item[];
  /** Question id to the answer saved. */
  answers: Record<string, Answer>;
  /** The time of the server. */
  now: Timestamp;
  /** Until the deadline; 0 once it is closed; null without a deadline. */
  seconds_left: Seconds | null;
};

/** Date and time, ISO 8601 with an offset. */
export type Timestamp = string;

/** Details of too_many_files. */
export type TooManyFiles = {
  limit: Count;
};

/** Details of too_many_guesses: wrong codes of the caller in the course within an hour. */
export type TooManyGuesses = {
  limit: Count;
  reset_at: Timestamp;
  retry_after: Seconds;
};

/** Details of too_many_versions. */
export type TooManyVersions = {
  limit: Count;
};

/** One of the courses with most active enrollments. */
export type TopCourse = {
  course_id: string;
  course_slug: string;
  title: string;
  active: Count | null;
  completed: Count | null;
};

/** A statement. */
export type TrueFalseItem = {
  question_id: string;
  prompt_md: string;
  points: Points;
  /** Of each hint; left out without hints. */
  hint_costs?: Percent[];
  kind: "true_false";
  options: NoOptions;
};

/** Key of kind true_false. */
export type TrueFalseKey = {
  correct: boolean;
};

export type Turn = NewTurn | RepeatedTurn;

/** The course of a turn. */
export type TurnCourse = {
  id: string;
  title: string;
  locale: string;
};

/** Details of turn_in_progress: when the running turn expires unless its run is alive. */
export type TurnInProgress = {
  retry_after: Seconds;
};

/** The lesson that the learner reads. */
export type TurnLesson = {
  id: string;
  title: string;
  content_type: ContentType;
  /** What of its text may be quoted. */
  body: string;
};

/** An earlier message of the conversation, oldest first. */
export type TurnMessage = {
  role: MessageRole;
  content: string;
  rung: number | null;
  intent: string | null;
};

/** The model that a turn was priced with. */
export type TurnModel = {
  provider: string;
  name: string;
};

/** The model of a new turn. */
export type TurnModelLimited = {
  provider: string;
  name: string;
  max_output_tokens: number;
};

/** An open lesson near to the question. */
export type TurnNear = {
  lesson_id: string;
  title: string;
};

/** A passage that the answer may cite as [number]. */
export type TurnPassage = {
  number: number;
  lesson_id: string;
  ord: number;
  lesson_title: string;
  heading_path: string[];
  anchor: string;
  source: PassageSource;
  body: string;
  support: Share;
  /** The cosine of its embedding with query_embedding; null without embeddings. */
  likeness: number | null;
};

/** What the plan of an answer depends on. */
export type TurnPlan = {
  mode: TutorMode;
  max_support_level: SupportLevel;
  quiz_state: "none" | "unattempted" | "finished";
  is_staff: boolean;
};

/** What an answer used and cost, and what is left. */
export type TurnUsage = {
  inputTokens: Count;
  cachedTokens: Count;
  cacheWriteTokens: Count;
  outputTokens: Count;
  isEstimated: boolean;
  costMicros: Micros;
  quotas: Quota[];
};

/** A word of the question; a stop word has no frequency. */
export type TurnWord = {
  word: string;
  /** The number of passages that contain it. */
  frequency: Count | null;
  /** Its correction, where no passage contains it. */
  meant: string | null;
  meant_frequency: Count | null;
};

/** A claim of the text with its source. Indexes are UTF-16 units. */
export type TutorCitation = {
  source: CitedSource;
  startIndex: number;
  endIndex: number;
  /** Empty where the text only points to it. */
  citedText: string;
};

export type TutorDataPart = AbstainPart | QuizGuardPart | SuggestionsPart | UsagePart | ProblemPart;

/** What the last frame adds to `metadata`. */
export type TutorFinish = {
  costMicros?: Micros;
};

/** Notes of authors to the tutor about a lesson or one of its questions. */
export type TutorGuidance = {
  course_id: string;
  lesson_id: string;
  question_id: string | null;
  notes: string;
  misconceptions: string[];
  updated_at: Timestamp;
};

/** A stored message as a page of the AI SDK holds it, and where the next page starts. */
export type TutorHistoryRow = {
  id: string;
  role: MessageRole;
  parts: TutorPart[];
  /** Null for a question. */
  metadata: TutorMetadata | null;
  created_at: Timestamp;
  cursor: string;
};

/** A limit of the tutor; a null user or course stands for every one. */
export type TutorLimit = {
  scope: QuotaScope;
  period: Period;
  meter: Meter;
  user_id: string | null;
  course_id: string | null;
  max_amount: Count;
};

/** Details of tutor_locked: the open attempt. */
export type TutorLocked = {
  attempt_id: string;
  lesson_id: string;
  course_slug: string;
  lesson_slug: string;
};

/** `metadata` of an answer. Help in distress has two keys; an answer that is resumed before it is first saved has none. */
export type TutorMetadata = {
  conversationId?: string;
  /** False where the answer quotes only. */
  generative?: boolean;
  runId?: string;
  provider?: string;
  model?: string;
  /** Shown where the answer is not generated. */
  label?: string | null;
  promptVersion?: string;
  mode?: TutorMode;
  /** How much help: 1 orients, 5 explains. */
  rung?: number;
  supportLevel?: SupportLevel;
  /** Once it is settled. */
  costMicros?: Micros;
};

export type TutorMode = "auto" | "explain" | "hint" | "practice" | "summarize";

export type TutorPart = TextPart | StepPart | TutorSource | AbstainPart | QuizGuardPart | SuggestionsPart | UsagePart | ProblemPart;

/** Where a source stands. */
export type TutorPassage = {
  courseId: string;
  lessonId: string;
  ord: number;
  anchor: string;
  headingPath: string[];
};

/** What remains of the tutor for the caller, and the settings of the course. */
export type TutorQuota = {
  quotas: Quota[];
  is_enabled: boolean;
  max_support_level: SupportLevel;
  /** An attempt is open: the tutor does not answer until it is submitted. */
  is_locked: boolean;
};

/** Whether the tutor of a course answers, and how much it helps. */
export type TutorSettings = {
  course_id: string;
  is_enabled: boolean;
  max_support_level: SupportLevel;
  updated_at: Timestamp;
};

/** A passage that the text may cite. */
export type TutorSource = {
  type: "source-document";
  /** s and the number that the text cites. */
  sourceId: string;
  mediaType: "text/markdown";
  title: string;
  providerMetadata: TutorSourceMetadata;
};

/** `providerMetadata` of a source. */
export type TutorSourceMetadata = {
  tutor: TutorPassage;
};

export type TutorStreamPart = StartPart | TutorSource | StartStepPart | TextStartPart | TextDeltaPart | TextEndPart | AbstainPart | QuizGuardPart | SuggestionsPart | UsagePart | ProblemPart | FinishStepPart | FinishPart | AbortPart | ErrorPart;

/** The citations of a text, where `ai` 6 passes them on. */
export type TutorTextCitations = {
  citations: TutorCitation[];
};

/** `providerMetadata` of a text. */
export type TutorTextMetadata = {
  tutor: TutorTextCitations;
};

/** A message as a page of the AI SDK holds it; `UIMessage<TutorMetadata, TutorData>` of `ai`. */
export type TutorUIMessage = {
  id: string;
  role: "user" | "assistant";
  metadata?: TutorMetadata;
  parts: TutorPart[];
};

/** What the tutor did and cost in a course on a day. */
export type TutorUsageRow = {
  course_id: string;
  /** Null for a deleted course. */
  course_slug: string | null;
  day: Day;
  turns: Count;
  completed: Count;
  failed: Count;
  abstained: Count;
  guard_hits: Count;
  invalid_citations: Count;
  input_tokens: Count;
  output_tokens: Count;
  cost_micros: Micros;
  cursor: Cursor;
};

/** An object that no row names. */
export type UnusedObject = {
  bucket: "lesson-files" | "submissions" | "covers" | "avatars";
  path: string;
};

/** What the answer used and cost. */
export type UsagePart = {
  type: "data-usage";
  data: TurnUsage;
};

/** Detail of withdrawn. */
export type Withdrawn = {
  progress: Percent;
};

/** Data parts by name, for `UIMessage<TutorMetadata, TutorData>` of the package ai. */
export type TutorData = {
  [P in TutorDataPart as P["type"] extends `data-${infer N}` ? N : never]: P["data"];
};

/** What functions answer, where it is more than the row of a table. */
export type Answers = {
  at_risk_learners: RiskRow[];
  begin_tutor_turn: Turn;
  budgets: Budget[];
  clone_course: CourseImport;
  complete_course: CourseCompletion;
  complete_learners: CompletedLearner[];
  complete_lesson: LessonCompletion;
  course_activity: ActivityRow[];
  course_funnel: FunnelRow[];
  course_learners: LearnerRow[];
  course_outline: CourseOutline;
  course_overview: CourseOverview;
  course_problems: ProblemRow[];
  course_team: TeamMember[];
  create_course_code: CourseCode;
  enroll: EnrollmentAnswer;
  enroll_roster: RosterLine[];
  export_course: Bundle;
  explain_access: LessonAccess;
  finish_tutor_turn: FinishedTurn;
  import_course: CourseImport;
  import_questions: ImportedQuestions;
  grade_history: GradeHistoryRow[];
  gradebook: GradebookRow[];
  instructor_dashboard: DashboardRow[];
  lab_queue: LabQueueRow[];
  rubric: Criterion[];
  learners_to_complete: ReadyLearner[];
  lesson_access: LessonAccessRow[];
  lesson_page: LessonPage;
  course_codes: CourseCodeRow[];
  lesson_history: LessonPublicationRow[];
  my_invitations: InvitationRow[];
  my_learning: LearningRow[];
  people: PersonRow[];
  platform_settings: PlatformSettings;
  restore_user: Suspension;
  save_platform_settings: PlatformSettings;
  suspend_user: Suspension;
  passages_to_embed: PassageToEmbed[];
  platform_overview: PlatformOverview;
  publish_course: Publication;
  publish_lesson: LessonPublication;
  question_history: QuestionVersionRow[];
  question_keys: QuestionKeyRow[];
  question_stats: QuestionStatsRow[];
  register_tutor_model: ModelPrice;
  quiz_overrides: QuizOverrideRow[];
  regrade_quiz: Regrade;
  review_attempt: Review;
  run_maintenance: Maintenance;
  fold_facts: Fold[];
  save_budget: Budget;
  save_answer: TimedAttempt;
  save_model_price: ModelPrice;
  save_rubric: Criterion[];
  save_tutor_guidance: TutorGuidance;
  save_tutor_settings: TutorSettings;
  search: FoundRow[];
  search_facets: FacetRow[];
  search_passages: PassageRow[];
  save_quiz_override: QuizOverride;
  seen_versions: SeenVersionRow[];
  set_user_role: RoleChange;
  set_tutor_limit: TutorLimit | null;
  start_attempt: TimedAttempt;
  submit_attempt: TimedAttempt;
  take_hint: TimedAttempt;
  suggest: SuggestionRow[];
  unused_objects: UnusedObject[];
  tutor_guard_material: GuardMaterial;
  tutor_guidance: TutorGuidance[];
  tutor_history: TutorHistoryRow[];
  tutor_quota: TutorQuota;
  tutor_usage: TutorUsageRow[];
  unpublish_course: Publication;
  verify_certificate: Certificate;
};

/** Columns of which the catalogue does not tell what they hold. */
export type Columns = {
  certificates: {
    content_versions: Record<string, number>;
  };
  lab_submissions: {
    criteria: GradedCriterion[] | null;
  };
  learning_events: {
    kind: EventKind;
    detail: EventDetail;
  };
  lesson_passages: {
    source: PassageSource;
  };
  lesson_progress: {
    watched: string;
  };
  lessons: {
    release_after: string | null;
  };
  questions: {
    options: QuestionOptions;
  };
  quiz_attempts: {
    items: Item[];
    answers: Record<string, Answer>;
    revisions: Record<string, number>;
    hints: Record<string, Hint[]>;
  };
  tutor_messages: {
    role: MessageRole;
    status: MessageStatus;
    citations: StoredCitation[];
    details: MessageDetails;
  };
};

/** Parameters of which the catalogue does not tell what they take. */
export type Arguments = {
  begin_tutor_turn: {
    mode: TutorMode;
  };
  course_learners: {
    sort: LearnerSort;
  };
  enroll_roster: {
    learners: RosterEntry[];
  };
  finish_tutor_turn: {
    status: "complete" | "stopped" | "failed" | "refunded";
    citations: StoredCitation[];
    details: MessageDetails;
    usage: ReportedUsage;
  };
  import_course: {
    bundle: Bundle;
  };
  import_questions: {
    questions: BundleQuestion[];
  };
  grade_attempt: {
    grades: Record<string, HandGrade>;
  };
  grade_lab: {
    score: number | null;
    feedback: string | null;
    criteria: Record<string, number>;
  };
  override_grade: {
    score: number | null;
  };
  record_progress: {
    watched: ([number, number])[];
  };
  save_answer: {
    answer: Answer | null;
  };
  save_embeddings: {
    passages: PassageEmbedding[];
  };
  save_question: {
    lesson_id: string | null;
    options: QuestionOptions;
    key: QuestionKey;
    feedback: Feedback;
    hints: Hint[];
  };
  save_rubric: {
    criteria: Criterion[];
  };
  save_tutor_answers: {
    answers: SavedAnswer[];
  };
  save_tutor_settings: {
    max_support_level: SupportLevel;
  };
  save_budget: {
    kind: BudgetKind;
  };
  set_tutor_limit: {
    scope: QuotaScope;
    period: Period;
    meter: Meter;
    max_amount: number | null;
  };
};

/** Columns that a signed-in user may write. */
export type Writable = {
  certificates: {
    Insert: never;
    Update: never;
  };
  course_prerequisites: {
    Insert: "course_id" | "prerequisite_id" | "min_score";
    Update: "min_score";
  };
  course_staff: {
    Insert: "course_id" | "user_id" | "role";
    Update: "role";
  };
  courses: {
    Insert: "id" | "slug" | "title" | "locale" | "time_zone" | "description" | "cover_url" | "level" | "tags" | "enrollment_mode" | "capacity" | "opens_at" | "closes_at" | "is_sequential";
    Update: "slug" | "title" | "locale" | "time_zone" | "description" | "cover_url" | "level" | "tags" | "enrollment_mode" | "capacity" | "opens_at" | "closes_at" | "is_sequential";
  };
  enrollments: {
    Insert: never;
    Update: never;
  };
  entitlements: {
    Insert: never;
    Update: never;
  };
  invitations: {
    Insert: never;
    Update: never;
  };
  lab_submissions: {
    Insert: never;
    Update: never;
  };
  labs: {
    Insert: "lesson_id" | "due_at" | "due_on";
    Update: "due_at" | "due_on";
  };
  learning_events: {
    Insert: never;
    Update: never;
  };
  lesson_contents: {
    Insert: never;
    Update: never;
  };
  lesson_drafts: {
    Insert: "lesson_id" | "body_md" | "md_url" | "video_url" | "transcript" | "updated_at";
    Update: "lesson_id" | "body_md" | "md_url" | "video_url" | "transcript" | "updated_at";
  };
  lesson_files: {
    Insert: "lesson_id" | "path" | "title" | "ord";
    Update: "title" | "ord";
  };
  lesson_passages: {
    Insert: never;
    Update: never;
  };
  lesson_prerequisites: {
    Insert: "lesson_id" | "prerequisite_id" | "min_score";
    Update: "min_score";
  };
  lesson_progress: {
    Insert: never;
    Update: never;
  };
  lesson_versions: {
    Insert: never;
    Update: never;
  };
  lessons: {
    Insert: "id" | "course_id" | "module_id" | "slug" | "title" | "content_type" | "duration_minutes" | "ord" | "is_published" | "is_preview" | "is_required" | "release_at" | "release_after" | "completion_rule" | "completion_threshold" | "weight";
    Update: "module_id" | "slug" | "title" | "content_type" | "duration_minutes" | "ord" | "is_published" | "is_preview" | "is_required" | "release_at" | "release_after" | "completion_rule" | "completion_threshold" | "weight";
  };
  modules: {
    Insert: "id" | "course_id" | "ord" | "title" | "summary";
    Update: "ord" | "title" | "summary";
  };
  offer_courses: {
    Insert: never;
    Update: never;
  };
  offers: {
    Insert: never;
    Update: never;
  };
  orders: {
    Insert: never;
    Update: never;
  };
  profiles: {
    Insert: never;
    Update: "name" | "avatar_url" | "headline" | "bio_md" | "locale" | "time_zone";
  };
  question_banks: {
    Insert: "id" | "course_id" | "title";
    Update: "title";
  };
  questions: {
    Insert: never;
    Update: never;
  };
  quiz_attempts: {
    Insert: never;
    Update: never;
  };
  quiz_draws: {
    Insert: "lesson_id" | "bank_id" | "tag" | "question_count";
    Update: "question_count";
  };
  quizzes: {
    Insert: "lesson_id" | "pass_mark" | "max_attempts" | "time_limit_seconds" | "is_shuffled" | "draw_count" | "scoring" | "reveal" | "due_at" | "due_on";
    Update: "pass_mark" | "max_attempts" | "time_limit_seconds" | "is_shuffled" | "draw_count" | "scoring" | "reveal" | "due_at" | "due_on";
  };
  tutor_conversations: {
    Insert: never;
    Update: never;
  };
  tutor_messages: {
    Insert: never;
    Update: never;
  };
};

/** Codes of the errors that each function may raise. */
export type Errors = {
  accept_invitation: "account_suspended" | "invitation_closed" | "invitation_not_found" | "not_authenticated";
  archive_course: "course_not_found" | "not_course_staff";
  archive_lesson: "lesson_not_found" | "not_course_staff";
  archive_module: "module_not_found" | "not_course_staff";
  archive_question: "not_course_staff" | "question_not_found";
  at_risk_learners: "course_not_found" | "invalid_cursor" | "invalid_page" | "not_course_staff";
  begin_tutor_turn: "account_suspended" | "budget_exceeded" | "conversation_not_found" | "course_not_found" | "invalid_turn" | "lesson_locked" | "lesson_not_found" | "not_authenticated" | "not_enrolled" | "quota_exceeded" | "turn_in_progress" | "turn_key_reused" | "tutor_disabled" | "tutor_locked";
  budgets: "admin_required";
  claim_submission: "not_course_staff" | "not_submitted" | "own_work" | "submission_claimed" | "submission_not_found";
  clone_course: "account_suspended" | "author_required" | "budget_exceeded" | "course_not_found" | "import_key_reused" | "invalid_bundle" | "not_authenticated" | "not_course_staff" | "slug_taken";
  close_attempt: "attempt_not_found" | "not_course_staff" | "own_work";
  complete_course: "account_suspended" | "course_incomplete" | "course_not_found" | "not_authenticated" | "not_enrolled";
  complete_learners: "course_not_found" | "invalid_roster" | "not_course_staff";
  complete_lesson: "account_suspended" | "lesson_locked" | "lesson_not_found" | "lesson_rule" | "not_authenticated" | "not_enrolled";
  course_activity: "course_not_found" | "not_course_staff";
  course_codes: "invalid_cursor" | "invalid_page" | "not_course_staff";
  course_funnel: "course_not_found" | "invalid_cursor" | "invalid_page" | "not_course_staff";
  course_learners: "course_not_found" | "invalid_cursor" | "invalid_page" | "invalid_sort" | "not_course_staff";
  course_outline: "course_not_found" | "invalid_lookup";
  course_overview: "course_not_found" | "not_course_staff";
  course_problems: "course_not_found" | "invalid_cursor" | "invalid_page" | "not_course_staff";
  course_team: "not_course_staff";
  create_course_code: "code_taken" | "course_not_found" | "invalid_code" | "not_course_staff" | "weak_code";
  decide_enrollment: "enrollment_not_found" | "invalid_decision" | "not_course_staff" | "not_pending" | "own_work";
  decline_invitation: "account_suspended" | "invitation_closed" | "invitation_not_found" | "not_authenticated";
  delete_course: "course_has_learners" | "course_not_found" | "not_course_staff" | "owners_only";
  delete_course_code: "not_course_staff";
  enroll: "account_suspended" | "budget_exceeded" | "code_invalid" | "code_required" | "course_closed" | "course_not_found" | "entitlement_revoked" | "not_authenticated" | "prerequisite_missing" | "too_many_guesses";
  enroll_roster: "budget_exceeded" | "course_not_found" | "course_not_published" | "invalid_roster" | "not_course_staff";
  explain_access: "lesson_not_found";
  export_course: "course_not_found" | "not_course_staff";
  finish_tutor_turn: "invalid_turn" | "service_required" | "turn_not_found";
  fold_facts: never;
  grade_attempt: "attempt_not_found" | "attempt_open" | "invalid_grade" | "not_course_staff" | "own_work" | "reason_required";
  grade_history: "account_suspended" | "invalid_cursor" | "invalid_page" | "not_authenticated" | "not_course_staff";
  grade_lab: "invalid_criteria" | "invalid_grade" | "not_course_staff" | "not_submitted" | "own_work" | "reason_required" | "submission_claimed" | "submission_not_found";
  gradebook: "invalid_cursor" | "invalid_page" | "not_course_staff";
  grant_entitlement: "course_not_found" | "invalid_entitlement" | "not_course_staff" | "own_work" | "source_reserved" | "user_not_found";
  grant_order: "invalid_order" | "offer_not_found" | "order_conflict" | "service_required" | "user_not_found";
  import_course: "account_suspended" | "author_required" | "budget_exceeded" | "import_key_reused" | "invalid_bundle" | "not_authenticated" | "slug_taken";
  import_questions: "account_suspended" | "import_key_reused" | "invalid_bundle" | "lesson_not_found" | "managers_only" | "not_a_quiz" | "not_authenticated" | "not_course_staff";
  instructor_dashboard: "account_suspended" | "invalid_cursor" | "invalid_page" | "not_authenticated";
  invite: "admin_required" | "already_member" | "budget_exceeded" | "course_not_found" | "course_not_published" | "invalid_email" | "invalid_expiry" | "invalid_role" | "not_course_staff" | "own_work" | "owners_only";
  lab_queue: "invalid_cursor" | "invalid_page" | "not_course_staff";
  learners_to_complete: "course_not_found" | "invalid_cursor" | "invalid_page" | "not_course_staff";
  lesson_access: "course_not_found" | "invalid_cursor" | "invalid_page";
  lesson_history: "invalid_cursor" | "invalid_page" | "lesson_not_found" | "not_course_staff";
  lesson_page: "invalid_lookup" | "lesson_not_found";
  my_invitations: "account_suspended" | "invalid_cursor" | "invalid_page" | "not_authenticated";
  my_learning: "account_suspended" | "invalid_cursor" | "invalid_page" | "not_authenticated";
  override_grade: "attempt_not_found" | "attempt_open" | "attempt_pending" | "invalid_score" | "not_course_staff" | "own_work" | "reason_required";
  passages_to_embed: "invalid_cursor" | "invalid_page" | "service_required";
  people: "admin_required" | "invalid_cursor" | "invalid_page";
  platform_overview: "admin_required";
  platform_settings: "admin_required";
  publish_course: "course_not_found" | "not_course_staff";
  publish_lesson: "draft_conflict" | "draft_not_found" | "invalid_note" | "invalid_title" | "lesson_not_found" | "managers_only" | "not_course_staff";
  question_history: "invalid_cursor" | "invalid_page" | "not_course_staff";
  question_keys: "not_course_staff";
  question_stats: "invalid_cursor" | "invalid_page" | "not_course_staff";
  quiz_overrides: "invalid_cursor" | "invalid_page" | "not_course_staff";
  record_progress: "account_suspended" | "budget_exceeded" | "event_id_reused" | "invalid_progress" | "lesson_locked" | "lesson_not_found" | "not_authenticated" | "not_enrolled";
  refund_order: "invalid_order" | "order_conflict" | "service_required";
  register_tutor_model: "price_missing" | "service_required";
  regrade_quiz: "not_course_staff" | "quiz_not_found" | "reason_required";
  reissue_certificate: "certificate_not_found" | "name_required" | "not_course_staff" | "own_work" | "reason_required";
  reorder_lessons: "incomplete_list" | "not_course_staff";
  reorder_modules: "incomplete_list" | "not_course_staff";
  reorder_questions: "incomplete_list" | "not_course_staff";
  restore_course_archive: "course_not_found" | "not_course_staff";
  restore_lesson: "draft_conflict" | "lesson_not_found" | "not_course_staff" | "version_not_found";
  restore_lesson_archive: "lesson_not_found" | "module_archived" | "not_course_staff";
  restore_module_archive: "module_not_found" | "not_course_staff";
  restore_question_archive: "not_course_staff" | "question_not_found";
  restore_user: "admin_required" | "user_not_found";
  review_attempt: "account_suspended" | "attempt_not_found" | "not_authenticated";
  revoke_certificate: "certificate_not_found" | "not_course_staff" | "reason_required";
  revoke_entitlement: "entitlement_not_found" | "not_course_staff";
  revoke_invitation: "invitation_closed" | "invitation_not_found" | "not_course_staff" | "owners_only";
  revoked_certificates: "list_not_found";
  rubric: "not_course_staff";
  run_maintenance: never;
  save_answer: "account_suspended" | "attempt_closed" | "attempt_expired" | "attempt_not_found" | "budget_exceeded" | "file_not_found" | "invalid_answer" | "lesson_locked" | "not_authenticated" | "not_enrolled" | "question_not_found";
  save_budget: "admin_required" | "invalid_budget";
  save_embeddings: "invalid_embeddings" | "service_required";
  save_model_price: "admin_required" | "invalid_price";
  save_offer: "course_not_found" | "invalid_offer" | "not_course_staff" | "offer_not_found";
  save_platform_settings: "admin_required";
  save_question: "bank_not_found" | "invalid_question" | "lesson_not_found" | "managers_only" | "not_a_quiz" | "not_course_staff" | "question_changed" | "question_not_found";
  save_quiz_override: "invalid_override" | "learner_not_found" | "not_course_staff" | "own_work";
  save_rubric: "invalid_rubric" | "lesson_not_found" | "managers_only" | "not_a_lab" | "not_course_staff";
  save_tutor_answers: "invalid_turn" | "service_required";
  save_tutor_guidance: "invalid_guidance" | "lesson_not_found" | "not_course_staff" | "question_not_found";
  save_tutor_settings: "invalid_settings" | "not_course_staff";
  search: "invalid_cursor" | "invalid_page" | "invalid_search";
  search_facets: "invalid_search";
  search_passages: "course_not_found" | "invalid_search";
  seen_versions: "invalid_cursor" | "invalid_page" | "not_course_staff";
  set_tutor_limit: "admin_required" | "invalid_limit" | "not_course_staff";
  set_user_role: "admin_required" | "invalid_role" | "last_admin" | "user_not_found";
  start_attempt: "account_suspended" | "attempts_exhausted" | "budget_exceeded" | "lesson_locked" | "lesson_not_found" | "not_authenticated" | "not_enrolled" | "quiz_closed" | "quiz_empty" | "quiz_not_found";
  stop_tutor_turn: "account_suspended" | "not_authenticated";
  submit_attempt: "account_suspended" | "attempt_not_found" | "lesson_locked" | "not_authenticated" | "not_enrolled";
  submit_lab: "account_suspended" | "budget_exceeded" | "file_not_found" | "invalid_submission" | "lab_accepted" | "lesson_locked" | "lesson_not_found" | "not_a_lab" | "not_authenticated" | "not_enrolled" | "too_many_versions";
  suggest: "invalid_page";
  suspend_user: "admin_required" | "invalid_expiry" | "last_admin" | "reason_required" | "user_not_found";
  sweep_tutor_turns: never;
  take_hint: "account_suspended" | "attempt_closed" | "attempt_expired" | "attempt_not_found" | "budget_exceeded" | "hint_not_found" | "lesson_locked" | "not_authenticated" | "not_enrolled";
  tutor_guard_material: "service_required" | "turn_not_found";
  tutor_guidance: "not_course_staff";
  tutor_history: "account_suspended" | "conversation_not_found" | "invalid_cursor" | "invalid_page" | "not_authenticated";
  tutor_quota: "account_suspended" | "course_not_found" | "not_authenticated";
  tutor_usage: "admin_required" | "invalid_cursor" | "invalid_page" | "not_course_staff";
  unpublish_course: "course_not_found" | "not_course_staff";
  unused_objects: "invalid_page" | "service_required";
  verify_certificate: "certificate_not_found";
  withdraw: "account_suspended" | "not_authenticated" | "not_enrolled";
};

/** Every code of docs/errors.md. */
export type ErrorCode =
  | "account_suspended"
  | "admin_required"
  | "already_member"
  | "attempt_closed"
  | "attempt_expired"
  | "attempt_not_found"
  | "attempt_open"
  | "attempt_pending"
  | "attempts_exhausted"
  | "author_required"
  | "bank_in_use"
  | "bank_not_found"
  | "budget_exceeded"
  | "certificate_not_found"
  | "code_invalid"
  | "code_required"
  | "code_taken"
  | "content_type_fixed"
  | "conversation_not_found"
  | "course_closed"
  | "course_has_learners"
  | "course_incomplete"
  | "course_not_found"
  | "course_not_published"
  | "draft_conflict"
  | "draft_not_found"
  | "enrollment_not_found"
  | "entitlement_not_found"
  | "entitlement_revoked"
  | "event_id_reused"
  | "file_not_found"
  | "hint_not_found"
  | "import_key_reused"
  | "incomplete_list"
  | "invalid_address"
  | "invalid_answer"
  | "invalid_budget"
  | "invalid_bundle"
  | "invalid_code"
  | "invalid_criteria"
  | "invalid_cursor"
  | "invalid_decision"
  | "invalid_email"
  | "invalid_embeddings"
  | "invalid_entitlement"
  | "invalid_expiry"
  | "invalid_grade"
  | "invalid_guidance"
  | "invalid_limit"
  | "invalid_lookup"
  | "invalid_note"
  | "invalid_offer"
  | "invalid_order"
  | "invalid_override"
  | "invalid_page"
  | "invalid_path"
  | "invalid_price"
  | "invalid_progress"
  | "invalid_question"
  | "invalid_role"
  | "invalid_roster"
  | "invalid_rubric"
  | "invalid_score"
  | "invalid_search"
  | "invalid_settings"
  | "invalid_slug"
  | "invalid_sort"
  | "invalid_submission"
  | "invalid_time_zone"
  | "invalid_title"
  | "invalid_turn"
  | "invitation_closed"
  | "invitation_not_found"
  | "invitation_required"
  | "isolation_level"
  | "lab_accepted"
  | "last_admin"
  | "last_owner"
  | "learner_not_found"
  | "lesson_archived"
  | "lesson_fixed"
  | "lesson_has_work"
  | "lesson_locked"
  | "lesson_not_found"
  | "lesson_rule"
  | "list_not_found"
  | "managers_only"
  | "module_archived"
  | "module_not_found"
  | "name_required"
  | "not_a_lab"
  | "not_a_quiz"
  | "not_authenticated"
  | "not_course_staff"
  | "not_enrolled"
  | "not_pending"
  | "not_submitted"
  | "offer_not_found"
  | "order_conflict"
  | "own_work"
  | "owners_only"
  | "prerequisite_cycle"
  | "prerequisite_missing"
  | "price_missing"
  | "question_changed"
  | "question_has_attempts"
  | "question_not_found"
  | "quiz_closed"
  | "quiz_empty"
  | "quiz_not_found"
  | "quota_exceeded"
  | "reason_required"
  | "service_required"
  | "slug_taken"
  | "source_reserved"
  | "submission_claimed"
  | "submission_not_found"
  | "too_many_files"
  | "too_many_guesses"
  | "too_many_versions"
  | "turn_in_progress"
  | "turn_key_reused"
  | "turn_not_found"
  | "tutor_disabled"
  | "tutor_locked"
  | "user_not_found"
  | "version_not_found"
  | "weak_code";

/** What JSON.parse(error.details) gives, of the errors that have details. */
export type ErrorDetails = {
  account_suspended: AccountSuspended;
  budget_exceeded: BudgetExceeded;
  course_closed: CourseClosed;
  course_incomplete: CourseIncomplete;
  draft_conflict: DraftConflict;
  file_not_found: FileNotFound;
  invalid_address: InvalidAddress;
  invalid_bundle: InvalidBundle;
  invitation_closed: InvitationClosed;
  invalid_question: InvalidQuestion;
  invalid_score: InvalidScore;
  lesson_locked: LessonLocked | null;
  lesson_rule: LessonRule;
  not_enrolled: NotEnrolled | null;
  not_submitted: NotSubmitted;
  prerequisite_missing: PrerequisiteMissing;
  question_changed: QuestionChanged;
  quota_exceeded: QuotaExceeded;
  too_many_files: TooManyFiles;
  too_many_guesses: TooManyGuesses;
  too_many_versions: TooManyVersions;
  turn_in_progress: TurnInProgress;
  tutor_locked: TutorLocked;
};

type Public = Generated["public"];
type Typed<T, Shapes> = { [C in keyof T]: C extends keyof Shapes ? Shapes[C] : T[C] };
type Shaped<N, T> = N extends keyof Columns ? Typed<T, Columns[N]> : T;
type Part<T, K> = [K] extends [never] ? never : { [C in keyof T as C extends K ? C : never]: T[C] };
type RowOf<N extends keyof Public["Tables"]> = Shaped<N, Public["Tables"][N]["Row"]>;
type Returned<N, F extends { Returns: unknown }> = N extends keyof Answers
  ? Answers[N]
  : F extends { SetofOptions: { to: infer T extends keyof Columns; isSetofReturn: infer S } }
    ? S extends true ? RowOf<T>[] : RowOf<T>
    : F["Returns"];

export type Database = {
  public: Omit<Public, "Tables" | "Functions"> & {
    Tables: {
      [N in keyof Public["Tables"]]: Omit<Public["Tables"][N], "Row" | "Insert" | "Update"> & {
        Row: RowOf<N>;
        Insert: Shaped<N, Part<Public["Tables"][N]["Insert"], Writable[N]["Insert"]>>;
        Update: Shaped<N, Part<Public["Tables"][N]["Update"], Writable[N]["Update"]>>;
      };
    };
    Functions: {
      [N in keyof Public["Functions"]]: Omit<Public["Functions"][N], "Args" | "Returns"> & {
        Args: N extends keyof Arguments
          ? Typed<Public["Functions"][N]["Args"], Arguments[N]>
          : Public["Functions"][N]["Args"];
        Returns: Returned<N, Public["Functions"][N]>;
      };
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  public: {
    Enums: {
      app_role: ["learner", "instructor", "admin"],
      attempt_status: ["open", "submitted", "expired"],
      completion_rule: ["view", "watch", "pass", "accept", "manual"],
      content_type: ["video", "text", "quiz", "lab"],
      course_role: ["owner", "instructor", "assistant"],
      enrollment_mode: ["open", "code", "approval", "closed"],
      enrollment_status: ["pending", "waitlisted", "active", "completed", "withdrawn"],
      invitation_status: ["pending", "accepted", "declined", "revoked"],
      invited_role: ["learner", "assistant", "instructor", "owner", "admin"],
      progress_status: ["started", "completed"],
      question_kind: ["single", "multiple", "true_false", "numeric", "short_text", "ordering", "matching", "cloze", "essay", "file"],
      quiz_reveal: ["never", "after_submit", "after_pass", "after_close"],
      quiz_scoring: ["highest", "last", "first", "average"],
      submission_status: ["submitted", "superseded", "returned", "accepted"]
    }
  }
} as const
