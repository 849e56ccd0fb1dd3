//! How long 1,000 applications take, from their pipeline files to files in a folder and to stdout, beside
//! the time that parsing and writing the same manifests takes.

mod apps;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

fn thousand_applications(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    apps::write(folder.path());
    let mut group = criterion.benchmark_group("render");
    group.sample_size(10);
    group.bench_function("1000 applications", |bencher| {
        let out = || tempfile::tempdir().expect("a temporary folder");
        bencher.iter_batched_ref(out, |out| apps::render(folder.path(), out.path()), BatchSize::PerIteration);
    });
    let streams = apps::streams(folder.path());
    group.bench_function("1000 applications to stdout", |bencher| {
        bencher.iter(|| apps::streams(folder.path()))
    });
    group.bench_function("parsing and writing the same manifests", |bencher| {
        bencher.iter(|| apps::yaml_alone(&streams));
    });
    group.finish();
}

criterion_group!(benches, thousand_applications);
criterion_main!(benches);
