import java.io.BufferedReader;
import java.io.Writer;

public class Client {
    public static void main(String[] args) throws Exception {
        Process serve = new ProcessBuilder("cdp-bgservices", "serve", "--url", "http://localhost:8000/")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
        try (BufferedReader lines = serve.inputReader(); Writer requests = serve.outputWriter()) {
            System.out.println(lines.readLine()); // ready
            requests.write("""
                {"jsonrpc":"2.0","id":1,"method":"sync","params":{"tag":"send-messages"}}
                """.strip() + "\n");
            requests.flush();
            System.out.println(lines.readLine());
        }
        System.exit(serve.waitFor());
    }
}
