import { Command, Option } from 'commander'
import { runDemo, type DemoOptions } from '../demo/run-demo.ts'

export function demoCommand(): Command {
  return new Command('demo')
    .description('start a server and show the main job: mirror a channel under a policy and serve it')
    .option('--data <folder>', 'where the server keeps its data; a second start finds it', 'demo-data')
    .option('--port <port>', 'port of the server; 0 for any free one', '8080')
    .option('--channel <name>', 'channel to fill', 'main')
    .option('--upstream <url>', 'address or folder of an upstream channel; without it a sample is built')
    .option('--subdir <subdirs...>', 'subdirs to mirror')
    .option('--advisories <files...>', 'advisory files: OSV, NVD or CVE 5, plain or compressed')
    .option('--mapping <file>', 'which PyPI names a conda name stands for')
    .option('--policy <file>', 'policy in YAML or JSON; without it: no CVE score of 7 or more, no GPL')
    .option('--once', 'end after the table')
    .addOption(new Option('--dev', 'restart the server when its code changes').hideHelp())
    .action((options: DemoOptions) => runDemo(options))
}
