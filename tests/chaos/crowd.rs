//! Who is at work on one repository: four promoters of two applications that are ended at any moment, people who push,
//! and `git gc`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Figures;
use super::disk::Disk;
use super::laws::Laws;
use crate::given::{CONFIG, Random, Sandbox, TWO_ENVIRONMENTS};

pub const APPLICATIONS: [&str; 2] = ["billing", "greeting"];

/// What ends runs.
pub const SIGNALS: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::KILL];

pub struct Crowd {
    pub sandbox: Sandbox,
    pub disk: Disk,
    /// The last release that was begun. Each is another one.
    releases: AtomicUsize,
    /// The files that people have pushed.
    pushed: Mutex<Vec<String>>,
}

/// Works until then; how many merges there are.
pub fn work(until: Instant, random: &Random, figures: &Figures) -> usize {
    let crowd = Crowd::new();
    std::thread::scope(|scope| {
        let crowd = &crowd;
        for number in 0..4 {
            scope.spawn(move || crowd.promote(until, random.part(number), figures));
        }
        scope.spawn(move || crowd.push(until, random.part(10), figures));
        scope.spawn(move || crowd.collect_garbage(until, random.part(11), figures));
        scope.spawn(move || crowd.disk.fill(until, random.part(12), figures));
    });
    // Everything that was begun comes to its end.
    for application in APPLICATIONS {
        let release = crowd.next_release();
        let run = crowd.sandbox.run(crowd.command(application, &release).output().unwrap());
        assert_eq!(run.code, Some(0), "the last release of {application}: {run}");
    }
    let laws = Laws { sandbox: &crowd.sandbox, repository: "disk/gitops.git" };
    let pushed = crowd.pushed.lock().unwrap();
    laws.check(&|application| format!("apps/{application}"), &pushed)
}

impl Crowd {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let disk = Disk::at(sandbox.path("disk"));
        sandbox.git(".", &["clone", "--quiet", "--bare", "gitops.git", "disk/gitops.git"]);
        sandbox.git(".", &["clone", "--quiet", "disk/gitops.git", "people"]);
        for application in APPLICATIONS {
            let pipeline = TWO_ENVIRONMENTS
                .replace("greeting", application)
                .replace("../gitops.git", "../../disk/gitops.git");
            sandbox.write(&format!("apps/{application}/towline.yaml"), &pipeline);
            sandbox.write(&format!("apps/{application}/deploy/config.yaml"), CONFIG);
        }
        Self { sandbox, disk, releases: AtomicUsize::new(0), pushed: Mutex::default() }
    }

    fn next_release(&self) -> String {
        format!("{}.0.0", self.releases.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn command(&self, application: &str, release: &str) -> Command {
        let mut command = self.sandbox.promote(release);
        command.current_dir(self.folder(application));
        command
    }

    fn folder(&self, application: &str) -> PathBuf {
        self.sandbox.path(format!("apps/{application}"))
    }

    fn promote(&self, until: Instant, mut random: Random, figures: &Figures) {
        while Instant::now() < until {
            let application = *random.one_of(&APPLICATIONS);
            let child = self.command(application, &self.next_release()).spawn().unwrap();
            Figures::count(&figures.runs);
            if random.below(2) == 0 {
                std::thread::sleep(Duration::from_millis(random.below(400)));
                let id = Pid::from_raw(child.id().cast_signed()).unwrap();
                // It may have ended before.
                kill_process(id, *random.one_of(&SIGNALS)).ok();
            }
            let run = self.sandbox.run(child.wait_with_output().unwrap());
            match run.code {
                None | Some(130) => Figures::count(&figures.ended),
                // Done, or a newer release was there first.
                Some(0 | 7) => {}
                _ => assert!(is_excused(&run.stderr), "{application}: {run}\n{}", self.damage()),
            }
        }
    }

    /// What git says is wrong, to tell an error from what is lost.
    fn damage(&self) -> String {
        let mut command = self.sandbox.shell("git fsck --no-dangling 2>&1");
        let output = command.current_dir(self.sandbox.path("disk/gitops.git")).output().unwrap();
        format!("git fsck: {}", String::from_utf8_lossy(&output.stdout))
    }

    /// People commit and push, and do it again when somebody was faster.
    fn push(&self, until: Instant, mut random: Random, figures: &Figures) {
        const SCRIPT: &str = "
            git fetch -q && git reset -q --hard origin/main
            mkdir -p people && echo mine > $1
            git add . && git commit -q -m 'Work of people'
            for try in 1 2 3 4 5 6 7 8; do
                if git push -q origin HEAD:main; then exit 0; fi
                git fetch -q && git rebase -q origin/main
            done
            exit 1";
        let mut number = 0;
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(200 + random.below(1500)));
            number += 1;
            let file = format!("people/{number}.txt");
            let mut command = self.sandbox.shell(&SCRIPT.replace("$1", &file));
            let pushed = command.current_dir(self.sandbox.path("people")).output().unwrap();
            // On a full disk nothing works, and they know that it did not.
            if pushed.status.success() {
                Figures::count(&figures.pushed);
                self.pushed.lock().unwrap().push(file);
            }
        }
    }

    fn collect_garbage(&self, until: Instant, mut random: Random, figures: &Figures) {
        const WAYS: [&str; 3] = ["git gc -q", "git repack -q -A -d", "git pack-refs --all --prune"];
        while Instant::now() < until {
            let mut command = self.sandbox.shell(random.one_of::<&str>(&WAYS));
            // On a full disk it fails, and leaves what was there.
            if command.current_dir(self.sandbox.path("disk/gitops.git")).output().unwrap().status.success() {
                Figures::count(&figures.collected);
            }
            std::thread::sleep(Duration::from_millis(random.below(1000)));
        }
    }
}

/// Errors that are right when the disk is full, or when many others were faster for two seconds.
fn is_excused(stderr: &str) -> bool {
    ["No space left", "no storage space", "the disk may be full", "kept changing", "kept moving"]
        .iter()
        .any(|it| stderr.contains(it))
}

/// What an application renders, by path.
pub fn rendered(sandbox: &Sandbox, folder: &str, environment: &str, release: &str) -> Vec<(String, Vec<u8>)> {
    let out = sandbox.path(format!("rendered/{}/{environment}/{release}", folder.replace('/', "-")));
    if !out.exists() {
        let arguments =
            ["render", environment, "--release", release, "--no-progress", "-o", out.to_str().unwrap()];
        let mut command = sandbox.command(&arguments);
        let run = sandbox.run(command.current_dir(sandbox.path(folder)).output().unwrap());
        assert_eq!(run.code, Some(0), "{run}");
    }
    let files =
        walkdir::WalkDir::new(&out).into_iter().map(Result::unwrap).filter(|it| it.file_type().is_file());
    let file = |path: PathBuf| {
        (path.strip_prefix(&out).unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
    };
    files.map(|entry| file(entry.into_path())).collect()
}
