//! Serves one clip as many cameras over RTSP, for the scenarios.
//!
//! usage: cameras CLIP COUNT. Prints one address per line, then an empty line; ends when its standard input does.

use std::error::Error;
use std::io::{Read as _, Write as _};

use capture::testkit::{Clip, RtspServer};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(clip), Some(count), None) = (args.next(), args.next(), args.next()) else {
        return Err("usage: cameras CLIP COUNT".into());
    };
    let count: usize = count.parse().map_err(|_| format!("COUNT: got `{count}`, expected a whole number"))?;
    let mounts: Vec<String> = (1..=count).map(|camera| format!("/camera-{camera}")).collect();
    let clips: Vec<Clip> = mounts.iter().map(|mount| Clip::new(&clip, mount)).collect();
    let server = RtspServer::start(&clips)?;
    let mut out = std::io::stdout().lock();
    for mount in &mounts {
        writeln!(out, "{}", server.url(mount))?;
    }
    writeln!(out)?;
    out.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
