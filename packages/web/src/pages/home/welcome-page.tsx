import { Link } from '@tanstack/react-router'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { Endpoints } from './endpoints.tsx'
import { ServerStatus } from './server-status.tsx'
import { Specimen } from './specimen.tsx'
import { useGoWhenTracesArrive } from './use-go-when-traces-arrive.ts'
import './home.css'

/** What a server that holds no trace yet shows. Gives way to the first trace that comes. */
export function WelcomePage() {
  useGoWhenTracesArrive()
  return (
    <Page
      title=""
      header={
        <>
          <b style={{ font: '600 15px/20px var(--font-sans)', letterSpacing: '-.02em' }}>Voxtrace</b>
          <span className="spacer" />
          <Link to="/experiments" className="button ghost">
            Experiments
          </Link>
        </>
      }
    >
      <div className="welcome">
        <div className="welcome-hero">
          <h1>
            Say something to your bot.
            <br />
            See every part of its answer.
          </h1>
          <p className="lead">
            A voice bot is part of this server. One short conversation gives you its trace, the wait between
            voices taken apart, and five scores per turn.
          </p>
          <div className="welcome-actions">
            <Link to="/talk" className="button primary large">
              <Icon name="mic" />
              Talk to the bot
            </Link>
            <span className="faint wide-only">
              <kbd>T</kbd> &nbsp;your microphone is asked for when you connect
            </span>
          </div>
          <Specimen />
        </div>
        <div className="welcome-foot">
          <div>
            <section>
              <h2 className="heading">This server</h2>
              <ServerStatus />
            </section>
            <div>
              <Endpoints />
              <Link to="/connect" className="more-clients">
                Pipecat, LiveKit, OpenInference and others, line by line
              </Link>
            </div>
          </div>
        </div>
      </div>
    </Page>
  )
}
