//! The same inputs give the same bytes: in another folder, with files made in another order, in
//! another locale, on another day, and beside other renderings.

use rayon::prelude::*;
use towline::render::File;

use super::support::Project;
use crate::isolation::only;

const FILES: [(&str, &str); 4] = [
    ("deploy/b.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: b, labels: {{ labels }}}\n"),
    ("deploy/a.yaml", "{% include '_part.yaml' %}\nmetadata: {name: \"a-{{ labels | length }}\"}\n"),
    ("deploy/_part.yaml", "apiVersion: v1\nkind: Service"),
    (
        "deploy/sub/ä.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: c}\nspec: {a: {{ labels | dictsort | tojson }}}\n",
    ),
];

fn render(order: impl Iterator<Item = usize>) -> Vec<File> {
    let project = Project::new().values("{labels: {z: 1, a: 2.50, é: 'no'}}");
    let project = order.fold(project, |project, index| project.file(FILES[index].0, FILES[index].1));
    project.render().unwrap().files
}

#[test]
fn in_any_folder_and_any_order_of_files() {
    let first = render(0..4);
    assert_eq!(first.len(), 4);
    assert_eq!(render((0..4).rev()), first);
    assert_eq!(render([2, 0, 3, 1].into_iter()), first);
}

#[test]
fn beside_other_renderings() {
    let first = render(0..4);
    (0..32).into_par_iter().for_each(|_| assert_eq!(render(0..4), first));
}

/// Runs the test below again, in processes that differ in what must not matter.
#[test]
fn in_any_locale_and_time_zone() {
    let print = |locale: &str, zone: &str, home: &str| {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args(only!(prints_a_rendering));
        command.env("LC_ALL", locale).env("TZ", zone).env("HOME", home);
        let output = command.output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        text.split("=====").nth(1).expect("the rendering is printed").to_owned()
    };
    let first = print("C", "UTC", "/");
    assert!(first.contains("kind: Service"));
    assert_eq!(print("tr_TR.UTF-8", "Pacific/Kiritimati", "/nowhere"), first);
}

#[test]
#[ignore = "run by in_any_locale_and_time_zone, in a process of its own"]
fn prints_a_rendering() {
    let files = render(0..4);
    let files: Vec<_> =
        files.iter().map(|file| (&file.path, std::str::from_utf8(&file.content).unwrap())).collect();
    println!("=====\n{files:#?}\n=====");
}
