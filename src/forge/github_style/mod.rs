//! The part of GitHub's API that Gitea and Forgejo have as well.

mod api;
mod calls;

pub use api::{Comment, Label, Reference, Repository, Review, SKIPPED, Status, User, WirePull};
pub use calls::{
    GithubStyle, add_comment, add_labels, branch_path, change_comment, change_pull, comment_of,
    comments_path, create_pull, request_reviews, reviews, status_fields, subject_and_body,
};
