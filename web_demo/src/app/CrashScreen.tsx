/** Stands in for the page when a defect of its own has stopped it: nothing is lost, all of it is on the server. */
import { Component, type ReactNode } from "react";
import { useText } from "../i18n/language.tsx";
import { Message } from "../parts/Message.tsx";
import { Button } from "../parts/Button.tsx";

export class CrashScreen extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    return this.state.crashed ? <Crashed /> : this.props.children;
  }
}

function Crashed() {
  const text = useText();
  const reload = () => {
    location.reload();
  };
  return (
    <Message title={text.errors.crashed}>
      <Button onClick={reload}>{text.stopped.reload}</Button>
    </Message>
  );
}
