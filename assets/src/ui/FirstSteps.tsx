import { Terminal } from 'lucide-react'
import { serverAddress } from '../paths.ts'
import { CodeBlock } from './CodeBlock.tsx'
import './firststeps.css'

/** `authorities` is where the certificates are that clients have to trust, if they do not by themselves. */
type Props = { title: string; entity?: string; project: string; authorities: string | null }

const TRUST = 'export SSL_CERT_FILE=$PWD/runstead-ca.pem REQUESTS_CA_BUNDLE=$PWD/runstead-ca.pem\n'

/** What to do before there is anything to show; the page that holds it keeps asking for the first run. */
export function FirstSteps({ title, entity, project, authorities }: Props) {
  const target = entity ? `entity="${entity}", project="${project}"` : `project="${project}"`
  const script = `import math, time, wandb

with wandb.init(${target}, config={"lr": 0.01}) as run:
    for step in range(100):
        run.log({"loss": math.exp(-step / 30)})
        time.sleep(0.2)`
  return (
    <section className="card first-steps" aria-label={title}>
      <span className="first-steps-icon"><Terminal size={20} aria-hidden /></span>
      <h2>{title}</h2>
      <p>Point a training script at this server and its first run appears here within seconds.</p>
      <h3><span aria-hidden>1</span> Install the client and sign in</h3>
      {authorities ? <p>This server has a certificate of its own authority: <a href={authorities} download>download runstead-ca.pem</a> to where you train first.</p> : null}
      <CodeBlock text={`pip install wandb\n${authorities ? TRUST : ''}WANDB_BASE_URL=${serverAddress()} wandb login`} what="install and login commands" />
      <h3><span aria-hidden>2</span> Log from Python</h3>
      <CodeBlock text={script} what="train.py" />
      <p className="first-steps-waiting" role="status"><span className="dot" aria-hidden /> Waiting for the first run…</p>
    </section>
  )
}
